package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/backend/webhook"
)

const patience = 20 * time.Second

var event = &backend.Call{Kind: backend.Event, Key: "k:1", Namespace: "/", Event: "say", Body: []byte(`{"event":"say"}`)}

func begin(t *testing.T, o webhook.Options, h http.HandlerFunc) *webhook.Caller {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	if o.URL == "" {
		o.URL = s.URL + "/hook?x=1"
	}
	return caller(t, o)
}

func caller(t *testing.T, o webhook.Options) *webhook.Caller {
	t.Helper()
	c, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// genuine is what an application does.
func genuine(header, secret string, body []byte) bool {
	stamp, found := "", false
	for _, part := range strings.Split(header, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "t":
			stamp = value
		case "v1":
			mac := hmac.New(sha256.New, []byte(secret))
			fmt.Fprintf(mac, "%s.%s", stamp, body)
			found = found || hmac.Equal([]byte(value), []byte(hex.EncodeToString(mac.Sum(nil))))
		}
	}
	return found
}

// A call that found all connections busy has not been heard, and says so.
func TestBusyConnections(t *testing.T) {
	asked, release := make(chan struct{}, 2), make(chan struct{})
	c := begin(t, webhook.Options{Connections: 1}, func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	})
	first := make(chan error, 1)
	go func() {
		_, err := c.Call(within(t, patience), event)
		first <- err
	}()
	<-asked
	if _, err := c.Call(within(t, 100*time.Millisecond), event); !errors.Is(err, backend.ErrCrowded) {
		t.Error(err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if len(asked) != 0 {
		t.Error("it was heard")
	}
}

// A request has all that an application needs to trust it, with each secret that
// is in force.
func TestRequest(t *testing.T) {
	requests := make(chan *http.Request, 2)
	bodies := make(chan []byte, 2)
	c := begin(t, webhook.Options{Secrets: [][]byte{[]byte("first secret"), []byte("second secret")}}, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		requests <- r
		bodies <- b
		_, _ = io.WriteString(w, `{"args":[1]}`)
	})
	answer, err := c.Call(within(t, patience), event)
	if err != nil || string(answer) != `{"args":[1]}` {
		t.Fatalf("%s, %v", answer, err)
	}
	r, body := <-requests, <-bodies
	if string(body) != string(event.Body) || r.URL.String() != "/hook?x=1" || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" ||
		r.Header.Get("Ioserver-Type") != "event" || r.Header.Get("Idempotency-Key") != "k:1" {
		t.Errorf("%s %s %v %s", r.Method, r.URL, r.Header, body)
	}
	signature := r.Header.Get("Ioserver-Signature")
	for secret, want := range map[string]bool{"first secret": true, "second secret": true, "third": false} {
		if genuine(signature, secret, body) != want {
			t.Errorf("%s: %s", secret, signature)
		}
	}
	if genuine(signature, "first secret", append(body, ' ')) {
		t.Error("another body has the same signature")
	}
	c.SetSecrets([][]byte{[]byte("third")})
	if _, err := c.Call(within(t, patience), event); err != nil {
		t.Fatal(err)
	}
	if s := (<-requests).Header.Get("Ioserver-Signature"); !genuine(s, "third", <-bodies) || genuine(s, "first secret", body) {
		t.Errorf("after the change: %s", s)
	}
}

// The documented example of a signature.
func TestSign(t *testing.T) {
	got := webhook.Sign([][]byte{[]byte("secret")}, time.Unix(1767225600, 999), []byte(`{}`))
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte("1767225600.{}"))
	if want := "t=1767225600,v1=" + hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is sent again, and what it ends as.
func TestStatus(t *testing.T) {
	for _, x := range []struct {
		status int
		kind   backend.Kind
		times  int64
		absent bool
	}{
		{500, backend.Event, 1, false},
		{502, backend.Event, 1, false},
		{503, backend.Event, 4, true},
		{429, backend.Event, 4, true},
		{404, backend.Event, 1, false},
		{302, backend.Event, 1, false},
		{307, backend.Connect, 1, false},
		{401, backend.Connect, 1, false},
		{500, backend.Connect, 4, false},
		{502, backend.Disconnect, 4, false},
	} {
		t.Run(fmt.Sprint(x.status, " ", x.kind), func(t *testing.T) {
			var times atomic.Int64
			keys := make(chan string, 10)
			c := begin(t, webhook.Options{}, func(w http.ResponseWriter, r *http.Request) {
				times.Add(1)
				keys <- r.Header.Get("Idempotency-Key")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(x.status)
			})
			_, err := c.Call(within(t, patience), &backend.Call{Kind: x.kind, Key: "k", Body: []byte(`{}`)})
			if err == nil || errors.Is(err, backend.ErrAbsent) != x.absent || times.Load() != x.times {
				t.Errorf("%d times, %v", times.Load(), err)
			}
			for len(keys) > 0 {
				if k := <-keys; k != "k" {
					t.Errorf("key %q", k)
				}
			}
		})
	}
}

// Only what nobody has heard is sent again, on what becomes a connection.
func TestSentAgain(t *testing.T) {
	var times atomic.Int64
	c := begin(t, webhook.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		if times.Add(1) < 3 {
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	if answer, err := c.Call(within(t, patience), event); err != nil || string(answer) != `{}` || times.Load() != 3 {
		t.Errorf("%s, %v, %d times", answer, err, times.Load())
	}
}

// A server that dies with a request on a connection that was used before has
// perhaps handled it: an event is not told again, a connect is.
func TestConnectionEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var heard atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { // answers one request, and dies of the second
				defer func() { _ = conn.Close() }()
				buf := make([]byte, 4096)
				for i := range 2 {
					if _, err := conn.Read(buf); err != nil {
						return
					}
					heard.Add(1)
					if i == 0 {
						_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
					}
				}
			})
		}
	})
	defer wg.Wait()
	defer func() { _ = l.Close() }()
	c := caller(t, webhook.Options{URL: "http://" + l.Addr().String(), Connections: 1})
	defer func() { _ = c.Close() }()
	if _, err := c.Call(within(t, patience), event); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(within(t, patience), event); err == nil || errors.Is(err, backend.ErrAbsent) || heard.Load() != 2 {
		t.Errorf("%v, heard %d", err, heard.Load())
	}
	for i, want := range []int64{3, 5} { // the second dies, and is sent again
		if _, err := c.Call(within(t, patience), &backend.Call{Kind: backend.Connect, Key: "k", Body: []byte(`{}`)}); err != nil || heard.Load() != want {
			t.Errorf("connect %d: %v, heard %d", i, err, heard.Load())
		}
	}
}

// Nobody there is absence.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c := caller(t, webhook.Options{URL: "http://" + l.Addr().String()})
	if _, err := c.Call(within(t, patience), event); !errors.Is(err, backend.ErrAbsent) {
		t.Error(err)
	}
}

// Time over is time over, whether the response or a connection is waited for,
// and ends the request.
func TestTimeOver(t *testing.T) {
	ended := make(chan struct{}, 2)
	c := begin(t, webhook.Options{Connections: 1}, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
		ended <- struct{}{}
	})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if _, err := c.Call(within(t, 200*time.Millisecond), event); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the request goes on")
	}
}

// Connections are bounded: more requests wait.
func TestConnectionsAreBounded(t *testing.T) {
	var now, most atomic.Int64
	proceed := make(chan struct{})
	c := begin(t, webhook.Options{Connections: 2}, func(w http.ResponseWriter, _ *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-proceed
		now.Add(-1)
		_, _ = io.WriteString(w, `{}`)
	})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := c.Call(within(t, patience), event); err != nil {
				t.Error(err)
			}
		})
	}
	for range 10 {
		proceed <- struct{}{}
	}
	wg.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
}

// An answer that does not end is cut off.
func TestAnswerIsBounded(t *testing.T) {
	c := begin(t, webhook.Options{AnswerBytes: 1000}, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	})
	if _, err := c.Call(within(t, patience), event); !errors.Is(err, backend.ErrTooLarge) {
		t.Error(err)
	}
}

// A certificate that nobody known has signed is nobody's.
func TestCertificateIsVerified(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }))
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	c := caller(t, webhook.Options{URL: s.URL})
	var unknown *tls.CertificateVerificationError
	if _, err := c.Call(within(t, patience), event); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	c = caller(t, webhook.Options{URL: s.URL, TLS: &tls.Config{RootCAs: pool}})
	if answer, err := c.Call(within(t, patience), event); err != nil || string(answer) != `{}` {
		t.Errorf("%s, %v", answer, err)
	}
	_ = c.Close()
}

func TestBadOptions(t *testing.T) {
	for _, o := range []webhook.Options{
		{}, {URL: "ftp://x"}, {URL: "http://"}, {URL: "https://user:pass@x"}, {URL: "https://x#y"}, {URL: "http://x", Connections: -1}, {URL: "http://x", AnswerBytes: -1}, {URL: "http://%zz"},
	} {
		if _, err := webhook.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
