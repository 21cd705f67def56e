package sio_test

import (
	"errors"
	"testing"

	"github.com/ioserver/ioserver/protocol/sio"
)

func TestParseEvent(t *testing.T) {
	for _, test := range []struct{ data, name, args string }{
		{`["a"]`, "a", ""},
		{`["a",1]`, "a", "1"},
		{` [ "a" , 1 , [2] ] `, "a", "1 , [2]"},
		{`["",null]`, "", "null"},
		{`["a\"b",{}]`, `a"b`, "{}"},
		{`["\u00e9\ud83d\ude00\ud800x\n\/\\"]`, "é😀\ufffdx\n/\\", ""},
		{`["\ud83d\u0041"]`, "\ufffdA", ""},
		{`["\ud83dx"]`, "\ufffdx", ""},
		{`[1]`, "1", ""},
		{`[-1,2]`, "-1", "2"},
		{`[0]`, "0", ""},
		{`[-0]`, "0", ""},
		{`[1.0]`, "1", ""},
		{`[1.50]`, "1.5", ""},
		{`[1e3]`, "1000", ""},
		{`[1e21]`, "1e+21", ""},
		{`[123456789012345680000]`, "123456789012345680000", ""},
		{`[9007199254740993]`, "9007199254740992", ""},
		{`[0.000001]`, "0.000001", ""},
		{`[1e-7]`, "1e-7", ""},
		{`[1e400]`, "Infinity", ""},
		{`[-1e400]`, "-Infinity", ""},
		{`[1e-400]`, "0", ""},
	} {
		name, args, err := sio.ParseEvent([]byte(test.data))
		if err != nil || string(name) != test.name || string(args) != test.args {
			t.Errorf("%s: got %q, %q, %v", test.data, name, args, err)
		}
	}
	for _, data := range []string{"", "[", "[]", "{}", `"a"`, `["a"`, `["a",]`, `["a" 1]`, `["a",`, `[null]`, `[["a"]]`, `["a`, `[true,1]`} {
		if name, args, err := sio.ParseEvent([]byte(data)); !errors.Is(err, sio.ErrPayload) {
			t.Errorf("%s: got %q, %q, %v", data, name, args, err)
		}
	}
}

func TestElements(t *testing.T) {
	for _, test := range []struct {
		array string
		want  []string
	}{
		{`[]`, nil},
		{` [ ] `, nil},
		{`[1]`, []string{"1"}},
		{`[1, [2,3] ,{"a":[4]}, "5,6" ,null]`, []string{"1", "[2,3]", `{"a":[4]}`, `"5,6"`, "null"}},
	} {
		check := func(got [][]byte, err error) {
			t.Helper()
			if err != nil || len(got) != 1+len(test.want) || string(got[0]) != "kept" {
				t.Fatalf("%s: got %q, %v", test.array, got, err)
			}
			for i, want := range test.want {
				if string(got[i+1]) != want {
					t.Errorf("%s: got %q", test.array, got)
				}
			}
		}
		check(sio.Elements([]byte(test.array), [][]byte{[]byte("kept")}))
		_, args, err := sio.ParseEvent([]byte(`["name"` + comma(test.want) + inside(test.array) + `]`))
		if err != nil {
			t.Fatalf("%s: %v", test.array, err)
		}
		check(sio.Split(args, [][]byte{[]byte("kept")}))
	}
	for _, array := range []string{"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]x", "1", "{}", "]"} {
		if got, err := sio.Elements([]byte(array), nil); !errors.Is(err, sio.ErrPayload) {
			t.Errorf("%s: got %q, %v", array, got, err)
		}
	}
	for _, args := range []string{",", "1,", ",1", "1 2", "1]", "["} {
		if got, err := sio.Split([]byte(args), nil); !errors.Is(err, sio.ErrPayload) {
			t.Errorf("%s: got %q, %v", args, got, err)
		}
	}
}

func comma(elements []string) string {
	if len(elements) == 0 {
		return ""
	}
	return ","
}

func inside(array string) string {
	for i := range array {
		if array[i] == '[' {
			array = array[i+1:]
			break
		}
	}
	for i := len(array) - 1; ; i-- {
		if array[i] == ']' {
			return array[:i]
		}
	}
}
