package raw

import "testing"

func TestIDs(t *testing.T) {
	var i ids
	answer := `106:0{"sid":"abcdefgh","upgrades":[]}`
	i.learn(answer)
	i.learn(`44/x,{"message":"no \"sid\" here"}`)
	i.learn(`___eio[0]("0{\"sid\":\"second\"}");`)
	for in, want := range map[string]string{
		answer:              `<98+sid>:0{"sid":"<sid1>","upgrades":[]}`,
		"106:0{second}":     "<100+sid>:0{<sid2>}",
		"2:40":              "2:40",
		"/chat#abcdefgh,[]": "/chat#<sid1>,[]",
	} {
		if got := i.replace(in); got != want {
			t.Errorf("%s became %s, wanted %s", in, got, want)
		}
	}
	if !i.known("/chat#second") || i.known("third") {
		t.Error("an id is mistaken for another")
	}
}

func TestOpened(t *testing.T) {
	for answer, want := range map[string]string{
		`0{"sid":"a","upgrades":[]}`:       "a",
		`96:0{"sid":"b"}2:40`:              "b",
		`___eio[1]("0{\"sid\":\"c\"}");`:   "c",
		`40{"sid":"not an Engine.IO one"}`: "",
		`42["0{",{"sid":"neither"}]`:       "",
	} {
		if got, _ := opened(answer); got != want {
			t.Errorf("%s opens %q, wanted %q", answer, got, want)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range []struct {
		payloads  []string
		separated bool
		want      string
	}{
		{[]string{"2:40", "1:6"}, false, "2:401:6"},
		{[]string{"40", "6"}, true, "40\x1e6"},
		{[]string{`___eio[0]("40");`, `___eio[0]("6");`}, true, `___eio[0]("40\u001e6");`},
		{[]string{`___eio[12]("2:40");`}, false, `___eio[12]("2:40");`},
	} {
		if got := join(c.payloads, c.separated); got != c.want {
			t.Errorf("%q become %q, wanted %q", c.payloads, got, c.want)
		}
	}
}

func TestFrames(t *testing.T) {
	for got, want := range map[string]string{
		Frame(0x81, "Hello"):          "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", // RFC 6455 5.7
		Unmasked(0x81, "Hello"):       "\x81\x05Hello",
		Unmasked(0x89, ""):            "\x89\x00",
		string(length(0x80, 126)):     "\xfe\x00\x7e",
		string(length(0, 1<<16)):      "\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
		string(length(0x80, 1<<16-1)): "\xfe\xff\xff",
	} {
		if got != want {
			t.Errorf("%x, wanted %x", got, want)
		}
	}
}
