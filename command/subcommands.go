package command

// subcommands are what ioserver does instead of serving, in the order of help.
func subcommands() []*subcommand {
	shells := []string{"bash", "zsh", "fish"}
	return []*subcommand{
		benchCommand(),
		{
			name:     "check-config",
			usage:    "read the configuration as a start would, and say whether it is good",
			manual:   "Reads configuration file, environment, flags and token file as a start with the same flags would, and says whether they are good. Nothing is opened or started. The exit status is that of the start.",
			settings: true,
			switches: []switchFlag{{"print", "print the configuration in force as YAML, with where each value comes from"}},
			run:      checkConfig,
		},
		{
			name:      "completion",
			usage:     "print a completion script for a shell",
			manual:    "Prints a script that completes the flags, their values and the commands in that shell.",
			words:     shells,
			arguments: "bash, zsh or fish",
			run:       (*program).completion,
		},
		disconnectCommand(),
		emitCommand(),
		joinCommand(),
		leaveCommand(),
		{
			name:   "man",
			usage:  "print this program's manual page",
			manual: "Prints this page, as troff source.",
			run:    (*program).man,
		},
		roomsCommand(),
		socketsCommand(),
		statusCommand(),
		tailCommand(),
		{
			name:     "version",
			usage:    "print version, commit and Go version",
			manual:   "Prints version, commit and Go version.",
			switches: []switchFlag{{"json", "print them as JSON"}},
			run:      (*program).version,
		},
	}
}
