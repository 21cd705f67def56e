// Package report is what a benchmark came to, and its forms: a table for the
// terminal, JSON with everything, CSV with a row for each scenario, and a page of
// HTML that needs no other file and no script.
//
// All forms say the same figures: the others are made from what JSON has.
// Durations are milliseconds unless the name says otherwise, sizes bytes.
package report
