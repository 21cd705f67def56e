// Package browser has headless Chromium use the demo's page and the browser
// client's builds, served by the real binary. See the tests' names and
// ../README.md.
package browser
