package command

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// Where an HTTP API is looked for when nobody says.
const (
	usualSocket = "/run/ioserver/api.sock"
	usualAPI    = "http://127.0.0.1:3001"
)

// apiPlace is where an HTTP API is.
type apiPlace struct {
	name   string // for people
	url    string // of its root, without a slash at the end
	socket string // path of a Unix socket; "": TCP
}

// parsePlace takes a URL, or an address as --api-listen does.
func parsePlace(s string) (apiPlace, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return apiPlace{name: s, url: "http://unix", socket: path}, address(s)
	}
	if !strings.Contains(s, "://") {
		if err := address(s); err != nil {
			return apiPlace{}, err
		}
		host, port, err := net.SplitHostPort(s)
		if err != nil || strings.Trim(port, "0") == "" {
			return apiPlace{}, errUnusable // one that the system chose, or chooses
		}
		s = "http://" + net.JoinHostPort(reachable(host), port)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return apiPlace{}, errUnusable
	}
	s = strings.TrimRight(u.String(), "/")
	return apiPlace{name: s, url: s}, nil
}

// reachable is the host by which a server of this machine is reached that
// listens at this one.
func reachable(host string) string {
	switch ip := net.ParseIP(host); {
	case host == "":
		return "127.0.0.1"
	case ip == nil || !ip.IsUnspecified():
		return host
	case ip.To4() != nil:
		return "127.0.0.1"
	}
	return "::1"
}

// configured is what the server's own configuration says of its API, read from
// where the server reads it. What else stands there is nobody's business here,
// but for a file that no server could start with.
func (o *outlook) configured() (addresses []string, tokenFile string, err error) {
	line := make(given)
	if o.config != "" {
		line["config"] = []string{o.config}
	}
	options := defaults()
	c := &configuration{options: options, table: newTable(options)}
	if err := c.place(c.setting("config"), line); err != nil {
		return nil, "", err
	}
	if options.config != "" {
		entries, err := readConfig(options.config)
		if err != nil {
			return nil, "", err
		}
		if err := c.apply(entries); err != nil {
			return nil, "", err
		}
	}
	for _, name := range []string{"api-listen", "api-token-file"} {
		if err := c.place(c.setting(name), line); err != nil {
			return nil, "", err
		}
	}
	return options.api, options.tokenFile, nil
}

// find chooses the place: the one that is typed, one that the server's
// configuration names (a Unix socket first, which asks for no token), or the
// usual one.
func (o *outlook) find(configured []string) (apiPlace, error) {
	if o.api != "" {
		return parsePlace(o.api)
	}
	for _, unix := range []bool{true, false} {
		for _, a := range configured {
			if strings.HasPrefix(a, "unix:") != unix {
				continue
			}
			if p, err := parsePlace(a); err == nil {
				return p, nil
			}
		}
	}
	if len(configured) > 0 {
		return apiPlace{}, &usageError{what: "--api-listen", given: configured[0], problem: "names no port that could be asked: give --api"}
	}
	if info, err := os.Stat(usualSocket); err == nil && info.Mode()&os.ModeSocket != 0 {
		return parsePlace("unix:" + usualSocket)
	}
	return parsePlace(usualAPI)
}

// token is what a place asks for: of the environment, else the first of the
// file. A Unix socket asks for none.
func (p apiPlace) token(file string) (string, error) {
	if p.socket != "" {
		return "", nil
	}
	if token := os.Getenv(tokenVariable); token != "" {
		return token, new(apiTokens).add(token, tokenVariable)
	}
	if file == "" {
		return "", nil // the server will say what it wants
	}
	content, _, err := readFile(file, tokenFileLimit)
	if err != nil {
		return "", fmt.Errorf("--api-token-file: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, tokenFileLimit+1)
	for n := 1; lines.Scan(); n++ {
		if token := strings.TrimSpace(lines.Text()); token != "" && !strings.HasPrefix(token, "#") {
			return token, new(apiTokens).add(token, fmt.Sprintf("%s:%d", oneLine(file), n))
		}
	}
	return "", &usageError{what: oneLine(file), accepted: "one token a line; there is none"}
}
