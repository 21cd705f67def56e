package engineio

import (
	"fmt"
	"strings"
)

// Cookie is what carries the session id back to proxies that route by cookie.
// It is set on the answer to a polling handshake.
type Cookie struct {
	Name     string // off where empty
	Path     string // default "/"
	Domain   string // default none
	SameSite string // "Lax" (default), "Strict" or "None"
	Secure   bool
	// Script lets scripts of the page read it; off means HttpOnly.
	Script bool
}

func (c *Cookie) complete() error {
	if c.Name == "" {
		return nil
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if c.SameSite == "" {
		c.SameSite = "Lax"
	}
	if strings.ContainsFunc(c.Name, notToken) {
		return fmt.Errorf("cookie name %q: letters, digits and !#$%%&'*+-.^_`|~ are allowed", c.Name)
	}
	if strings.ContainsFunc(c.Path+c.Domain, notAttribute) {
		return fmt.Errorf("cookie path %q or domain %q: a control character or semicolon", c.Path, c.Domain)
	}
	switch c.SameSite {
	case "Lax", "Strict", "None":
		return nil
	}
	return fmt.Errorf("cookie SameSite %q: Lax, Strict and None exist", c.SameSite)
}

// notToken is RFC 9110's token, negated.
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func notAttribute(r rune) bool { return r < ' ' || r >= 0x7f || r == ';' }

// line is the value of Set-Cookie.
func (c *Cookie) line(sid string) string {
	s := c.Name + "=" + sid
	if c.Domain != "" {
		s += "; Domain=" + c.Domain
	}
	s += "; Path=" + c.Path
	if !c.Script {
		s += "; HttpOnly"
	}
	if c.Secure {
		s += "; Secure"
	}
	return s + "; SameSite=" + c.SameSite
}
