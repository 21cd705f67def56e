package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestBuilds loads every build of the browser client into a page of another
// origin, as a site whose API is elsewhere does, and talks through it.
func TestBuilds(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>page</title><link rel=icon href=data:,><body>"))
	})
	for version, file := range map[string]string{
		"2.5.0": "../node_modules/socket.io-client-2/dist/socket.io.js", "3.1.3": "../node_modules/socket.io-client-3/dist/socket.io.js",
	} {
		mux.HandleFunc("/client-"+version+".js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	}
	pages := httptest.NewServer(mux)
	t.Cleanup(pages.Close)
	// Another name of the same machine, so that it is another origin.
	origin := strings.Replace(pages.URL, "127.0.0.1", "localhost", 1)
	n := serve(t, "--workers=4", "--demo", "--balance=round-robin", "--cors-origin="+origin,
		"--cors-credentials") // clients 2.x always send theirs
	drive(t, "builds.mjs", map[string]any{"url": url(n), "pages": origin + "/"})
}
