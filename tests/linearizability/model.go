package main

import (
	"fmt"
	"time"

	"github.com/anishathalye/porcupine"
)

// value is what a key holds: something, or nothing.
type value struct {
	there bool
	text  string
}

func valueOf(text *string) value {
	if text == nil {
		return value{}
	}
	return value{true, *text}
}

func (v value) String() string {
	if !v.there {
		return "nothing"
	}
	return fmt.Sprintf("%q", v.text)
}

// step is what one operation does to a key that holds `now`: is its answer possible, and what is there then?
func step(now value, o *Operation) (bool, value) {
	known := o.Answer == "ok"
	switch o.Op {
	case "get":
		return now == valueOf(o.Value), now
	case "put", "delete":
		return true, valueOf(o.Value)
	}
	// cas: its new value may be absent, too.
	swaps := now == valueOf(o.Expected)
	if known && (o.Swapped != swaps || valueOf(o.Previous) != now) {
		return false, now
	}
	if swaps {
		return true, valueOf(o.Value)
	}
	return true, now
}

func describe(o *Operation) string {
	switch {
	case o.Op == "get":
		return "get: " + valueOf(o.Value).String()
	case o.Op == "delete":
		return "delete " + o.Answer
	case o.Op == "put":
		return fmt.Sprintf("put %v %s", valueOf(o.Value), o.Answer)
	case o.Answer != "ok":
		return fmt.Sprintf("cas %v to %v %s", valueOf(o.Expected), valueOf(o.Value), o.Answer)
	}
	return fmt.Sprintf("cas %v to %v: swapped %v, there was %v", valueOf(o.Expected), valueOf(o.Value), o.Swapped, valueOf(o.Previous))
}

var register = porcupine.Model{
	Init: func() any { return value{} },
	Step: func(state, input, _ any) (bool, any) {
		possible, next := step(state.(value), input.(*Operation))
		return possible, next
	},
	Equal:             func(a, b any) bool { return a.(value) == b.(value) },
	DescribeOperation: func(input, _ any) string { return describe(input.(*Operation)) },
	DescribeState:     func(state any) string { return state.(value).String() },
}

// seen counts, for each value, the operations that may depend on it: those that read it or compare with it.
func seen(operations []Operation) map[value]int {
	values := map[value]int{}
	for i := range operations {
		o := &operations[i]
		switch {
		case o.Op == "get" && o.Answer == "ok":
			values[valueOf(o.Value)]++
		case o.Op == "cas" && o.Answer != "failed":
			values[valueOf(o.Expected)]++
			if o.Answer == "ok" {
				values[valueOf(o.Previous)]++
			}
		}
	}
	return values
}

// events are what the checker has to put in an order. What failed for certain is not among them; what
// is unknown may be applied at any time from its begin on, which covers that it never is. Writes that are
// unknown and that nobody can have noticed are left out: they only make the search longer. So do more copies
// of a write than there are operations that notice its value: where no such operation comes between a copy
// and the next write, the same order without that copy explains the same answers.
func events(operations []Operation) []porcupine.Operation {
	noticed := seen(operations)
	var all []porcupine.Operation
	add := func(o *Operation, end int64) {
		all = append(all, porcupine.Operation{ClientId: len(all), Input: o, Call: o.Begin, Output: o, Return: end})
	}
	for i := range operations {
		o := &operations[i]
		unknown := *o
		unknown.Answer = "unknown"
		copies := o.Copies
		switch o.Answer {
		case "ok":
			add(o, o.End)
		case "unknown":
			copies++
		}
		if !o.writes() {
			continue
		}
		copies = min(copies, noticed[valueOf(o.Value)])
		for ; copies > 0; copies-- {
			add(&unknown, never)
		}
	}
	return all
}

// Check tells whether some order of the operations explains all answers.
func Check(operations []Operation, patience time.Duration) (porcupine.CheckResult, porcupine.LinearizationInfo, int) {
	all := events(operations)
	result, info := porcupine.CheckOperationsVerbose(register, all, patience)
	return result, info, len(all)
}
