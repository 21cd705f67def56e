package tokens

// Config is what a Verifier is made from, as it travels between processes.
type Config struct {
	Keys     []string `json:",omitempty"` // the content of files for ParseKey
	Set      string   `json:",omitempty"` // that of one for ParseSet
	Issuer   string   `json:",omitempty"`
	Audience string   `json:",omitempty"`
}

// Wanted reports whether there is a key, so that clients need a token.
func (c *Config) Wanted() bool { return len(c.Keys) > 0 || c.Set != "" }

// Verifier makes it.
func (c *Config) Verifier() (*Verifier, error) {
	o := Options{Issuer: c.Issuer, Audience: c.Audience}
	for _, content := range c.Keys {
		k, err := ParseKey([]byte(content))
		if err != nil {
			return nil, err
		}
		o.Keys = append(o.Keys, k)
	}
	if c.Set != "" {
		set, err := ParseSet([]byte(c.Set))
		if err != nil {
			return nil, err
		}
		o.Keys = append(o.Keys, set...)
	}
	return NewVerifier(o)
}
