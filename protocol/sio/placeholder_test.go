package sio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/sio"
)

// stricterPlaceholders are data that the reference accepts and this package refuses, and why.
var stricterPlaceholders = map[string]string{
	`["a",{"_placeholder":true,"num":0.5}]`: "no index; the reference finds undefined there",
}

func TestPlaceholdersAreTheReference(t *testing.T) {
	for _, row := range load(t).Placeholders {
		err := sio.Placeholders([]byte(row.JSON), row.Attachments)
		if why := stricterPlaceholders[row.JSON]; why != "" {
			if err == nil || !row.OK {
				t.Errorf("%s: got %v though %s", row.JSON, err, why)
			}
			continue
		}
		if (err == nil) != row.OK || (err != nil && !errors.Is(err, sio.ErrPlaceholder)) {
			t.Errorf("%s: got %v, the reference says %v", row.JSON, err, row.OK)
		}
	}
}

func TestPlaceholdersLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, test := range []struct {
		json string
		n    int
		want error
	}{
		{`["a",{"_placeholder":true,"num":0}]`, 0, sio.ErrPlaceholder},
		{`["a",{"_placeholder":true,"num":0}]`, -1, sio.ErrPlaceholder},
		{`["a"]`, 0, nil},
		{`["a",{"_placeholder":true,"num":00}]`, 1, sio.ErrPayload},
		{`["a",{"_placeholder":true,"num":1e0}]`, 2, sio.ErrPlaceholder},
		{`["a",{"_placeholder":true,"num":99999999999999999999999}]`, 2, sio.ErrPlaceholder},
		{`["a",{"_placeholder":true,"num":18446744073709551616}]`, 2, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":1}`, 2, nil},
		{deep(sio.MaxDepth), 0, nil},
		{deep(sio.MaxDepth + 1), 0, sio.ErrPayload},
		{strings.Repeat(`{"a":`, sio.MaxDepth) + `{"_placeholder":true,"num":0}`, 1, sio.ErrPayload},
		{`["a"`, 1, sio.ErrPayload},
		{``, 1, sio.ErrPayload},
		{`["a"]]`, 1, sio.ErrPayload},
		{`{"a"}`, 1, sio.ErrPayload},
		{`{"a":}`, 1, sio.ErrPayload},
		{`{"a":1`, 1, sio.ErrPayload},
		{`{`, 1, sio.ErrPayload},
		{`[`, 1, sio.ErrPayload},
	} {
		if err := sio.Placeholders([]byte(test.json), test.n); !errors.Is(err, test.want) {
			t.Errorf("%.60s with %d: got %v, want %v", test.json, test.n, err, test.want)
		}
	}
}

func TestPlaceholder(t *testing.T) {
	for _, test := range []struct {
		value string
		num   int
		ok    bool
	}{
		{`{"_placeholder":true,"num":3}`, 3, true},
		{` { "num" : 3 , "_placeholder" : true } `, 3, true},
		{`{"_placeholder":true,"num":3,"x":{}}`, 3, true},
		{`{"_placeholder":true}`, 0, false},
		{`{"_placeholder":true,"num":-1}`, 0, false},
		{`{"_placeholder":false,"num":1}`, 0, false},
		{`{"x":{"_placeholder":true,"num":1}}`, 0, false},
		{`[{"_placeholder":true,"num":1}]`, 0, false},
		{`{}`, 0, false},
		{`{"_placeholder":true,"num":1}x`, 0, false},
		{`{"_placeholder":true,"num":1`, 0, false},
		{`"x"`, 0, false},
		{``, 0, false},
	} {
		if num, ok := sio.Placeholder([]byte(test.value)); num != test.num || ok != test.ok {
			t.Errorf("%s: got %d, %v", test.value, num, ok)
		}
	}
	if num, ok := sio.Placeholder(sio.AppendPlaceholder(nil, 7)); num != 7 || !ok {
		t.Errorf("got %d, %v", num, ok)
	}
}
