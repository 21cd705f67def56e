package command

import "github.com/ioserver/ioserver/master"

// The groups of --help, in its order.
const (
	serving   = "Serving"
	engine    = "Engine.IO and Socket.IO"
	bearers   = "Tokens of clients"
	outside   = "Application"
	bus       = "Bus"
	api       = "HTTP API"
	operating = "Operating"
)

// mostEvents is more than a client can send in a second.
const mostEvents = 1_000_000

// mostConnections is more than a machine has.
const mostConnections = 10_000_000

// newTable is all settings, with o as what they set: the one list that flags,
// variables, configuration file, help, completion and man page are made from.
// Those that are live may change while the server runs.
func newTable(o *options) *table {
	t := new(table)
	w := &o.worker
	t.list("listen", serving, "`ADDRESS` to serve on, repeatable", &o.listen, address, "host:port, [::]:port or unix:/path").needed()
	t.add("workers", serving, "`NUMBER` of worker processes", integer(&o.workers, 1, 256), "1 to 256").usually("CPUs")
	t.word("balance", serving, "`WAY` to choose a connection's worker", &o.balance, string(master.RemoteAddress), string(master.LeastConnections), string(master.RoundRobin), string(master.Header))
	t.add("balance-header", serving, "`NAME` of the header that trusted proxies name the client in", field(&w.ForwardedHeader), "a header's name, such as X-Forwarded-For")
	t.list("trusted-proxy", serving, "`NETWORK` of proxies that are believed what they say of their clients, repeatable", &w.TrustedProxies, network, "10.0.0.0/8, an address, or unix for the peers of Unix sockets").live()
	t.flag("proxy-protocol", serving, "connections of those proxies begin with a PROXY header", &o.proxyProtocol)
	t.add("max-connections", serving, "`NUMBER` of connections that a worker holds; 0: any", integer(&o.limits.Connections, 0, mostConnections), "0 to 10000000").live()
	t.add("max-connections-per-address", serving, "`NUMBER` of connections from one address; 0: any", integer(&o.limits.PerAddress, 0, mostConnections), "0 to 10000000").live()
	t.add("max-events-per-second", serving, "`NUMBER` of events that a client may send a second, and at once; 0: any", integer(&w.EventsPerSecond, 0, mostEvents), "0 to 1000000").live()
	t.add("max-polling-per-address", serving, "`NUMBER` of sessions of one address that poll, at each worker; 0: any", integer(&w.PollingPerAddress, 0, mostConnections), "0 to 10000000").live()
	t.add("accept-rate", serving, "`NUMBER` of connections let in a second; 0: any", integer(&o.limits.AcceptRate, 0, mostConnections), "0 to 10000000").live()
	t.flag("demo", serving, "register a chat and the event echo, and serve a page for them at /", &w.Demo)

	t.add("path", engine, "`PATH` that clients connect to", path(&w.Path), "a path that begins with / and has no ? or #")
	const lengths = "a duration such as 25s, or milliseconds, over 0 and up to 24h"
	t.add("ping-interval", engine, "`TIME` between heartbeats", duration(&w.PingInterval), lengths).live()
	t.add("ping-timeout", engine, "`TIME` to answer one", duration(&w.PingTimeout), lengths).live()
	t.add("upgrade-timeout", engine, "`TIME` to finish an upgrade to WebSocket", duration(&w.UpgradeTimeout), lengths).live()
	t.add("connect-timeout", engine, "`TIME` to join a namespace", duration(&w.ConnectTimeout), lengths).live()
	t.add("max-http-buffer-size", engine, "largest message of a client, in `BYTES`", size(&w.MaxHTTPBufferSize), "bytes, 1 to 1e8").live()
	t.list("transports", engine, "`TRANSPORTS` offered", &w.Transports, transport, "polling, websocket").needed().of("polling", "websocket")
	t.flag("allow-upgrades", engine, "let polling clients move to WebSocket", &w.AllowUpgrades)
	t.flag("allow-eio3", engine, "let in clients 1.x and 2.x", &w.AllowEIO3)
	t.flag("http-compression", engine, "compress polling answers over 1 kB", &w.HTTPCompression)
	t.list("cors-origin", engine, "`ORIGIN` that may connect besides this host's own, repeatable; * for all", &w.CORSOrigins, origin, "an origin such as https://example.com, null, or *").live()
	t.flag("cors-credentials", engine, "let those origins send cookies", &w.CORSCredentials).live()
	t.add("cookie", engine, "`NAME` of a cookie with the session id, for proxies that route by it", cookie(&w.Cookie), "a name of letters, digits and !#$%&'*+-.^_`|~")
	t.flag("serve-client", engine, "serve the browser client beneath the path", &w.ServeClient)

	t.list("jwt-key", bearers, "`FILE` with a key that clients' tokens are signed by, repeatable; with one, clients need a token", &o.jwt.keyFiles, func(s string) error { return usable(named(s)) }, "the name of a file").file()
	t.file("jwt-jwks-file", bearers, "`FILE` with such keys as a JSON Web Key Set", &o.jwt.setFile)
	t.add("jwt-issuer", bearers, "`NAME` that tokens have to have as iss", text(&o.jwt.issuer, named), "any text")
	t.add("jwt-audience", bearers, "`NAME` that tokens have to be for, as aud", text(&o.jwt.audience, named), "any text")

	b := &w.Backend
	t.add("backend", outside, "`WHERE` the application is that decides and answers: nats, or an address that it is posted to", backendAddress(&b.At), "nats, or https://host/path")
	t.list("backend-namespaces", outside, "`NAMESPACES` that it serves; * in one stands for any characters", &b.Namespaces, namespaces, "a name that begins with /, or a pattern such as /rooms/*").needed()
	t.add("backend-timeout", outside, "`TIME` that it may take to answer", duration(&b.Timeout), lengths)
	t.word("backend-absent", outside, "`WAY` with clients that it cannot be asked about", &o.application.absent, absentIsRefused, absentIsAllowed)
	t.add("backend-in-flight", outside, "`NUMBER` of calls that a worker has under way at once", integer(&b.InFlight, 1, 100_000), "1 to 100000")
	t.add("backend-connections", outside, "`NUMBER` of connections of a worker to an https:// address", integer(&b.Connections, 1, 10_000), "1 to 10000")
	t.file("backend-secret-file", outside, "`FILE` with the secrets that requests to it are signed with, one a line", &o.application.secretFile).live()

	t.file("backend-credentials", outside, "`FILE` that is written for applications: how they connect to ioserver's own NATS", &o.credentials)
	t.flag("nats-commands", outside, "take commands over NATS; always with --backend nats and --backend-credentials", &o.natsCommands)

	t.list("nats", bus, "`URL` of a NATS server, repeatable; none: ioserver runs its own", &o.nats, natsURL, "nats://host:port or tls://host:port, with user:password@ where needed").secret()
	t.flag("nats-required", bus, "exit if no NATS server answers within 10 s", &o.natsRequired)
	t.add("cluster", bus, "`NAME` of this cluster on the bus", clusterName(&o.cluster), "1 to 64 letters, digits, - and _")
	t.add("cluster-listen", bus, "`ADDRESS` where other machines' ioservers join the bus of this one; none: it stays alone", text(&o.peering.listen, func(s string) bool { return machine(false)(s) == nil }), "host:port, :port or [::]:port")
	t.list("cluster-join", bus, "`ADDRESS` of such machines, repeatable; a DNS name stands for all of its addresses", &o.peering.join, machine(true), "host:port")
	t.file("cluster-secret-file", bus, "`FILE` with a secret that these machines share", &o.peering.secretFile)
	t.file("cluster-tls-cert", bus, "PEM `FILE` with this machine's certificate, for TLS between them", &o.peering.cert)
	t.file("cluster-tls-key", bus, "PEM `FILE` with its key", &o.peering.key)
	t.file("cluster-tls-ca", bus, "PEM `FILE` with the authority that signed the certificates of all of them", &o.peering.ca)

	t.list("api-listen", api, "`ADDRESS` to serve the HTTP API on, repeatable; TCP needs a token", &o.api, address, "host:port, [::]:port or unix:/path")
	t.file("api-token-file", api, "`FILE` with the API's tokens, one a line", &o.tokenFile).live()
	t.add("api-rate", api, "`NUMBER` of requests a second that each worker takes; more wait, for a second at the most", integer(&o.worker.APIRate, 1, 1e6), "1 to 1000000").live()

	t.file("config", operating, "YAML `FILE` with any of these settings, but this one", &o.config)
	t.add("log-level", operating, "least `LEVEL` that is logged", level(&o.logging.Level), "debug, info, warn or error").of("debug", "info", "warn", "error").live()
	t.word("log-format", operating, "`FORMAT` of the log", &o.logging.Format, "text", "json")
	t.add("shutdown-timeout", operating, "`TIME` to end in", duration(&o.shutdownTimeout), lengths).live()
	return t
}
