package contract_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/contract"
)

func TestConnectAnswer(t *testing.T) {
	for _, x := range []struct{ in, code, message string }{
		{in: `{"allow":{}}`},
		{in: ` { "allow" : { "rooms" : [ "a" , "\u00e9" ] , "data" : { "a" : 1 } } } `},
		{in: `{"refuse":{"message":"no","data":[1]}}`},
		{"", contract.BadJSON, "JSON"},
		{`[]`, contract.WrongType, "an object is wanted"},
		{`{}`, contract.MissingField, "exactly one"},
		{`{"allow":{},"refuse":{"message":"no"}}`, contract.MissingField, "exactly one"},
		{`{"allow":{},"allow":{}}`, contract.DuplicateField, `"allow"`},
		{`{"alow":{}}`, contract.UnknownField, `"alow"`},
		{`{"allow":true}`, contract.WrongType, `"allow" is a boolean`},
		{`{"allow":null}`, contract.WrongType, `"allow" is null`},
		{`{"allow":{"room":"a"}}`, contract.UnknownField, `"allow.room"`},
		{`{"allow":{"rooms":"a"}}`, contract.WrongType, `"allow.rooms" is a string`},
		{`{"allow":{"rooms":["a",1]}}`, contract.WrongType, `"allow.rooms" is a number`},
		{`{"refuse":{}}`, contract.MissingField, "refuse.message"},
		{`{"refuse":{"message":1}}`, contract.WrongType, `"refuse.message" is a number`},
		{`{"refuse":"no"}`, contract.WrongType, `"refuse" is a string`},
		{"{\"refuse\":{\"message\":\"\xff\"}}", contract.BadJSON, "UTF-8"},
		{`{"allow":{"data":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}}`, contract.TooLarge, "levels"},
	} {
		a, err := contract.ParseConnectAnswer([]byte(x.in))
		switch {
		case x.code == "" && (err != nil || a == nil):
			t.Errorf("%.60s: %v", x.in, err)
		case x.code != "" && (err == nil || a != nil || err.Code != x.code || !strings.Contains(err.Message, x.message)):
			t.Errorf("%.60s: %+v, %+v", x.in, a, err)
		}
	}
	a, _ := contract.ParseConnectAnswer([]byte(`{"allow":{"rooms":["a","b c"],"data":{"n":1}}}`))
	if a == nil || strings.Join(a.Allow.Rooms, "|") != "a|b c" || string(a.Allow.Data) != `{"n":1}` {
		t.Errorf("%+v", a)
	}
}

func TestEventAnswer(t *testing.T) {
	for _, x := range []struct{ in, code, args string }{
		{in: "", args: ""},
		{in: " \n", args: ""},
		{in: `{}`, args: ""},
		{in: `{"args":[1,{"a":2}]}`, args: `[1,{"a":2}]`},
		{in: `{"args":null}`, code: contract.WrongType},
		{in: `{"arg":[]}`, code: contract.UnknownField},
		{in: `[1]`, code: contract.WrongType},
		{in: `hello`, code: contract.BadJSON},
		{in: `{"args":[]} x`, code: contract.BadJSON},
	} {
		a, err := contract.ParseEventAnswer([]byte(x.in))
		switch {
		case x.code != "" && (err == nil || err.Code != x.code):
			t.Errorf("%s: %v", x.in, err)
		case x.code == "" && (err != nil || string(a.Args) != x.args):
			t.Errorf("%s: %+v, %v", x.in, a, err)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	for _, s := range []string{`{"allow":{"rooms":["a"],"data":1}}`, `{"refuse":{"message":"no","data":[{}]}}`, `{"args":[{"$binary":"AQ=="}]}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if a, err := contract.ParseConnectAnswer(raw); err == nil && (a.Allow == nil) == (a.Refuse == nil) {
			t.Errorf("%q is neither or both", raw)
		}
		if a, err := contract.ParseEventAnswer(raw); err == nil {
			_, _ = contract.DecodeArgs("args", a.Args)
		}
	})
}
