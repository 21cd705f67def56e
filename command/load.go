package command

import "os"

// given is what a command line says: values by the name of the flag, in order.
type given map[string][]string

// configuration is what a start, or a reload, has read from all sources.
type configuration struct {
	*options
	*table
	room int // the largest max-http-buffer-size of a reload: the bus is sized at the start
}

// leastRoom is what the bus has room for in any case.
const leastRoom = 16 << 20

// load reads configuration file, environment and tokens, and lays the command
// line over them: flag over variable over file over default.
func load(line given) (*configuration, error) {
	o := defaults()
	c := &configuration{options: o, table: newTable(o)}
	if err := c.place(c.setting("config"), line); err != nil {
		return nil, err
	}
	if o.config != "" {
		entries, err := readConfig(o.config)
		if err != nil {
			return nil, err
		}
		if err := c.apply(entries); err != nil {
			return nil, err
		}
	}
	for _, s := range c.settings {
		if err := c.place(s, line); err != nil {
			return nil, err
		}
	}
	var err error
	if o.tokens, err = readTokens(o.tokenFile); err != nil {
		return nil, err
	}
	if err := o.peering.read(o); err != nil {
		return nil, err
	}
	if err := o.jwt.read(); err != nil {
		return nil, err
	}
	if err := o.checkCredentials(); err != nil {
		return nil, err
	}
	if err := o.application.read(o); err != nil {
		return nil, err
	}
	c.room = max(o.worker.MaxHTTPBufferSize, leastRoom)
	return c, o.check()
}

// place sets what environment and command line say of a setting. A variable has
// to be good also where a flag goes before it.
func (c *configuration) place(s *setting, line given) error {
	if v := os.Getenv(s.variable()); v != "" {
		if err := s.assign([]string{v}, source{kind: inEnvironment}); err != nil {
			return err
		}
	}
	if values, ok := line[s.name]; ok {
		return s.assign(values, source{kind: onCommandLine})
	}
	return nil
}

// apply sets what a configuration file says.
func (c *configuration) apply(entries []entry) error {
	for _, e := range entries {
		s := c.setting(e.name)
		switch {
		case s == nil:
			return &usageError{what: e.from.String() + ": setting", given: e.name, problem: "there is no such" + didYouMean(e.name, c.names())}
		case s.name == "config":
			return &usageError{what: e.from.label(s), problem: "a configuration file does not name another"}
		case e.list && !s.isList():
			return &usageError{what: e.from.label(s), problem: "not a list; accepted: " + s.accepted}
		}
		if err := s.assign(e.values, e.from); err != nil {
			return err
		}
	}
	return nil
}
