// OPA in a process of its own, which measures by itself: `opa.rs` starts it and asks.
//
// It is given a file of policies. The first line of its input says how many requests follow, one on each line, as JSON.
// It answers with a line that says which OPA this is, and two of 0 and 1: requests that are ready, and from JSON.
// Each line after that is `ready` or `json`, the request to begin with, and microseconds; the answer is nanoseconds a request.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/version"
)

type engine struct {
	query rego.PreparedEvalQuery
	texts []string
	ready []ast.Value
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func prepare(policies string) rego.PreparedEvalQuery {
	text := must(os.ReadFile(policies))
	module := rego.Module(policies, string(text))
	return must(rego.New(rego.Query("data.requests.allow"), module).PrepareForEval(context.Background()))
}

func parsed(text string) ast.Value {
	return must(ast.ValueFromReader(strings.NewReader(text)))
}

func (e *engine) allows(input ast.Value) bool {
	return must(e.query.Eval(context.Background(), rego.EvalParsedInput(input))).Allowed()
}

func (e *engine) answer(json bool, at int) bool {
	if json {
		return e.allows(parsed(e.texts[at]))
	}
	return e.allows(e.ready[at])
}

func (e *engine) answers(json bool) string {
	var out strings.Builder
	for at := range e.texts {
		if e.answer(json, at) {
			out.WriteByte('1')
		} else {
			out.WriteByte('0')
		}
	}
	return out.String()
}

func (e *engine) measure(json bool, at int, long time.Duration) float64 {
	done := 0
	start := time.Now()
	for time.Since(start) < long {
		for range 16 {
			e.answer(json, at%len(e.texts))
			at++
		}
		done += 16
	}
	return float64(time.Since(start).Nanoseconds()) / float64(done)
}

func main() {
	e := engine{query: prepare(os.Args[1])}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	var requests int
	must(fmt.Sscan(lines.Text(), &requests))
	for range requests {
		lines.Scan()
		e.texts = append(e.texts, lines.Text())
		e.ready = append(e.ready, parsed(lines.Text()))
	}
	fmt.Printf("OPA %s, %s\n%s\n%s\n", version.Version, version.GoVersion, e.answers(false), e.answers(true))
	for lines.Scan() {
		var way string
		var at, microseconds int
		must(fmt.Sscan(lines.Text(), &way, &at, &microseconds))
		fmt.Println(e.measure(way == "json", at, time.Duration(microseconds)*time.Microsecond))
	}
}
