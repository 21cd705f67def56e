package contract

import "testing"

// Data is what is asked for to the last digit.
func TestDataMatches(t *testing.T) {
	for _, x := range []struct {
		data, asked string
		want        bool
	}{
		{`{"user":"anna","n":1}`, `{}`, true},
		{`{"user":"anna","n":1}`, `{"n":1.0}`, true},
		{`{"user":"anna","n":1}`, `{"n":2}`, false},
		{`{"user":"anna","n":1}`, `{"n":"1"}`, false},
		{`{"id":9007199254740993}`, `{"id":9007199254740993}`, true},
		{`{"id":9007199254740993}`, `{"id":9007199254740992}`, false},
		{`{"id":[9007199254740993]}`, `{"id":[9007199254740992]}`, false},
		{`{"id":1e20}`, `{"id":100000000000000000000}`, true},
		{`{"id":1e999}`, `{"id":1}`, false},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":1}}`, true},
		{`{"a":[{"b":1,"c":2}]}`, `{"a":[{"b":1}]}`, false},
		{`{"a":[{"b":1,"c":null}]}`, `{"a":[{"c":null,"b":1}]}`, true},
		{`{"a":[1,2]}`, `{"a":[1]}`, false},
		{`{"a":{"b":1}}`, `{"a":null}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`[1]`, `{}`, false},
		{`7`, `{"a":7}`, false},
	} {
		c, err := Parse(SocketsCommand, []byte(`{"data":`+x.asked+`}`))
		if err != nil {
			t.Fatal(err)
		}
		data, ok := valueOf([]byte(x.data))
		if got := ok && has(data, c.Data); got != x.want {
			t.Errorf("%s has %s: %v", x.data, x.asked, got)
		}
	}
}
