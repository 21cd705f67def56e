package command

// What the manual page says that is in no table.

const manBefore = `.SH NAME
ioserver \- serve Socket.IO clients on every core
.SH SYNOPSIS
.B ioserver
.RI [ options ]
.br
.B ioserver
.I command
.RI [ options ]
.SH DESCRIPTION
Without a command,
.B ioserver
serves Socket.IO clients: a master process accepts connections and passes them
to worker processes, which it replaces when they die.
Without
.B \-\-nats
a message broker of its own runs beside them.
It serves until SIGTERM or SIGINT.
`

const manOptions = `Each option is also a variable of the environment and a name in the
configuration file, without the dashes.
An option goes before the variable, the variable before the file; an empty
variable counts as none.
An option that may be repeated also takes several values with commas.
Durations have a unit (10s, 250ms, 1m30s) or are milliseconds.
.TP
.BR \-h ", " \-\-help
Print a summary of the options and exit.
.TP
.BR \-v ", " \-\-version
Print the version and exit.
`

const manAfter = `.SH CONFIGURATION FILE
A mapping in YAML: one name and its value on each line, or a list of values
where the option may be repeated.
What begins with * needs quotes.
.PP
.nf
listen:
  \- "[::]:80"
  \- unix:/run/ioserver.sock
workers: 8
ping\-interval: 25s
cors\-origin: https://example.com
.fi
.PP
Names that there are not, names that come twice, anchors, aliases and tags are
refused with the number of the line.
.SH ENVIRONMENT
.TP
.B IOSERVER_API_TOKEN
A token for the HTTP API, beside those of
.BR \-\-api\-token\-file .
There is no option for it: arguments are visible to every user.
.TP
.B NOTIFY_SOCKET\fR, \fBWATCHDOG_USEC\fR, \fBLISTEN_FDS
The service manager's; see
.BR sd_notify (3)
and
.BR sd_listen_fds (3).
Sockets named
.I api
serve the HTTP API, others the clients instead of
.BR \-\-listen \(aqs
default.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
End in order: clients are closed in a way after which they come back.
A second one ends everything at once, unless it is the same within half a second.
.TP
.B SIGHUP
Read configuration file and token file again, with the same options and
environment.
What can change while the server runs is taken up; what cannot is named in the
log.
If anything is wrong, nothing changes.
.SH EXIT STATUS
.TP
.B 0
The server has ended in order.
.TP
.B 1
Something failed: an address in use, a file that cannot be read.
.TP
.B 2
An option, a variable or the configuration file has something that is not
accepted.
One line names it and says what is.
.SH SEE ALSO
.BR systemd.service (5),
.BR systemd.socket (5)
`
