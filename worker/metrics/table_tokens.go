package metrics

import "github.com/ioserver/ioserver/worker/tokens"

// tokenMetrics tell of clients' tokens.
func tokenMetrics() []metric {
	return []metric{
		{kind: gauge, name: "token_bearers", help: "Sockets that a token has let in.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Tokens.Bearers) })},
		{kind: counter, name: "tokens_accepted_total", help: "Sockets let in by a token.",
			series: one(func(s *Sample) uint64 { return s.Tokens.Accepted })},
		{kind: counter, name: "tokens_refreshed_total", help: "Tokens of sockets replaced by newer ones.",
			series: one(func(s *Sample) uint64 { return s.Tokens.Refreshed })},
		{kind: counter, name: "tokens_expired_total", help: "Sockets ended because their token expired.",
			series: one(func(s *Sample) uint64 { return s.Tokens.Expired })},
		{kind: counter, name: "tokens_refused_total", help: "Tokens that were not taken, by what clients were told.", labels: []string{"code"},
			series: plural(len(tokens.Codes), func(i int) series {
				return by(func(s *Sample) uint64 { return s.Tokens.Refused[i] }, string(tokens.Codes[i]))
			})},
	}
}
