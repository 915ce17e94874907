package main

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Lines of histories, short: client, begin, end, and the rest as JSON.
func line(client int, begin, end int64, rest string) string {
	return fmt.Sprintf(`{"run":"r","client":%d,"begin":%d,"end":%d,"key":"k",%s}`, client, begin, end, rest)
}

const (
	putA    = `"op":"put","value":"a","answer":"ok"`
	putB    = `"op":"put","value":"b","answer":"ok"`
	getA    = `"op":"get","value":"a","answer":"ok"`
	getB    = `"op":"get","value":"b","answer":"ok"`
	getNone = `"op":"get","answer":"ok"`
	remove  = `"op":"delete","answer":"ok"`
)

func cas(expected, value, previous string, swapped bool) string {
	return fmt.Sprintf(`"op":"cas","expected":%s,"value":%s,"answer":"ok","swapped":%v,"previous":%s`, expected, value, swapped, previous)
}

var histories = []struct {
	name  string
	good  bool
	lines []string
}{
	{"a value is read after its write", true, []string{line(1, 1, 2, putA), line(2, 3, 4, getA)}},
	{"a write that is under way may be seen or not", true, []string{line(1, 1, 9, putA), line(2, 2, 3, getNone), line(3, 4, 5, getA)}},
	{"what was seen is not unseen", false, []string{line(1, 1, 9, putA), line(2, 2, 3, getA), line(3, 4, 5, getNone)}},
	{"a stale read", false, []string{line(1, 1, 2, putA), line(1, 3, 4, putB), line(2, 5, 6, getA)}},
	{"an invented value", false, []string{line(1, 1, 2, putA), line(2, 3, 4, getB)}},
	{"a deleted key is read", false, []string{line(1, 1, 2, putA), line(1, 3, 4, remove), line(2, 5, 6, getA)}},
	{"a lost write", false, []string{line(1, 1, 2, putA), line(2, 3, 4, getNone)}},
	{"two readers see two writes in two orders", false, []string{
		line(1, 1, 20, putA), line(2, 1, 20, putB),
		line(3, 2, 3, getA), line(3, 4, 5, getB), line(4, 6, 7, getA)}},

	{"a swap from absent", true, []string{line(1, 1, 2, cas("null", `"a"`, "null", true)), line(2, 3, 4, getA)}},
	{"empty is not absent", false, []string{line(1, 1, 2, `"op":"put","value":"","answer":"ok"`), line(2, 3, 4, cas("null", `"a"`, `""`, true))}},
	{"two swaps from one value", false, []string{
		line(1, 1, 2, putA), line(2, 3, 9, cas(`"a"`, `"b"`, `"a"`, true)), line(3, 3, 9, cas(`"a"`, `"c"`, `"a"`, true))}},
	{"one of two swaps", true, []string{
		line(1, 1, 2, putA), line(2, 3, 9, cas(`"a"`, `"b"`, `"a"`, true)), line(3, 3, 9, cas(`"a"`, `"c"`, `"b"`, false))}},
	{"a swap that should have succeeded", false, []string{line(1, 1, 2, putA), line(2, 3, 4, cas(`"a"`, `"b"`, `"a"`, false))}},
	{"a swap that names a wrong previous value", false, []string{line(1, 1, 2, putA), line(2, 3, 4, cas(`"b"`, `"c"`, `"c"`, false))}},
	{"a swap that was kept changes nothing", false, []string{
		line(1, 1, 2, putA), line(2, 3, 4, cas(`"b"`, `"c"`, `"a"`, false)), line(2, 5, 6, `"op":"get","value":"c","answer":"ok"`)}},
	{"a swap to absent", true, []string{line(1, 1, 2, putA), line(2, 3, 4, cas(`"a"`, "null", `"a"`, true)), line(2, 5, 6, getNone)}},
	{"a swap whose answer was wrong about what it did", false, []string{
		line(1, 1, 2, putA), line(2, 3, 4, cas(`"a"`, `"b"`, `"a"`, true)), line(2, 5, 6, getA)}},

	{"a write that failed for certain is not seen", true, []string{line(1, 1, 2, `"op":"put","value":"a","answer":"failed"`), line(2, 3, 4, getNone)}},
	{"a write that failed for certain is seen", false, []string{line(1, 1, 2, `"op":"put","value":"a","answer":"failed"`), line(2, 3, 4, getA)}},
	{"an unknown write may be seen late", true, []string{
		line(1, 1, 0, `"op":"put","value":"a","answer":"unknown"`), line(2, 3, 4, getNone), line(2, 5, 6, getA)}},
	{"an unknown write may never be seen", true, []string{line(1, 1, 0, `"op":"put","value":"a","answer":"unknown"`), line(2, 3, 4, getNone)}},
	{"an unknown write is applied once", false, []string{
		line(1, 1, 0, `"op":"put","value":"a","answer":"unknown"`), line(2, 3, 4, getA), line(2, 5, 6, putB), line(2, 7, 8, getA)}},
	{"an unknown write is not seen before it began", false, []string{
		line(1, 5, 0, `"op":"put","value":"a","answer":"unknown"`), line(2, 3, 4, getA)}},
	{"an unknown swap may have swapped", true, []string{
		line(1, 1, 2, putA), line(1, 3, 0, `"op":"cas","expected":"a","value":"b","answer":"unknown"`), line(2, 5, 6, getB)}},
	{"an unknown swap swaps only what it expects", false, []string{
		line(1, 1, 2, putA), line(1, 3, 0, `"op":"cas","expected":"c","value":"b","answer":"unknown"`), line(2, 5, 6, getB)}},
	{"an unknown write that only an unknown swap needs", true, []string{
		line(1, 1, 0, `"op":"put","value":"a","answer":"unknown"`),
		line(2, 2, 0, `"op":"cas","expected":"a","value":"b","answer":"unknown"`), line(3, 5, 6, getB)}},

	{"a put that was not sent again does not come back", false, []string{
		line(1, 1, 2, putA), line(2, 3, 4, putB), line(2, 5, 6, getA)}},
	{"the lost copy of a put that was sent again does", true, []string{
		line(1, 1, 2, putA+`,"copies":1`), line(2, 3, 4, putB), line(2, 5, 6, getA)}},
	{"one copy comes back once", false, []string{
		line(1, 1, 2, putA+`,"copies":1`), line(2, 3, 4, putB), line(2, 5, 6, getA), line(2, 7, 8, putB), line(2, 9, 10, getA)}},
	{"the lost copy of a delete", true, []string{
		line(1, 1, 2, remove+`,"copies":1`), line(2, 3, 4, putB), line(2, 5, 6, getNone)}},
}

func TestKnownHistoriesAreJudgedRightly(t *testing.T) {
	for _, history := range histories {
		t.Run(history.name, func(t *testing.T) {
			all, err := Read(strings.NewReader(strings.Join(history.lines, "\n")))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			found, err := check(all, &out, 10*time.Second, "")
			if err != nil || found.undecided > 0 || (found.violations == 0) != history.good {
				t.Errorf("found %+v, %v; good: %v\n%s", found, err, history.good, out.String())
			}
		})
	}
}

func TestKeysAndRunsAreIndependent(t *testing.T) {
	lines := []string{line(1, 1, 2, putA), line(2, 3, 4, getA),
		strings.Replace(line(1, 5, 6, getNone), `"key":"k"`, `"key":"other"`, 1),
		strings.Replace(line(1, 5, 6, getNone), `"run":"r"`, `"run":"other"`, 1)}
	all, err := Read(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	found, err := check(all, &strings.Builder{}, time.Second, "")
	if err != nil || found.violations != 0 || found.keys != 3 || len(found.runs) != 2 || found.operations != 4 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestBadLinesAreErrors(t *testing.T) {
	for _, bad := range []string{
		"nonsense", line(1, 1, 2, `"op":"put","answer":"ok"`), line(1, 1, 2, `"op":"swap","answer":"ok"`),
		line(1, 1, 2, `"op":"get"`), line(1, 3, 2, getA), line(1, 1, 2, getA+`,"copies":1`), line(1, 1, 2, getA+`,"color":1`),
	} {
		if _, err := Read(strings.NewReader(bad)); err == nil {
			t.Errorf("no error: %s", bad)
		}
	}
}

// A register that is one, used by several clients at the same time, with answers that get lost. The
// history is good; with one answer changed to a value that was never written it is bad.
func randomHistory(random *rand.Rand) []Operation {
	var now *string
	var all []Operation
	clock := int64(0)
	for i := 0; i < 60; i++ {
		// The moment at which it takes effect is the i-th thousand; it began before and ended after.
		clock += 1000
		text := fmt.Sprint("v", i)
		o := Operation{Run: "random", Key: "k", Client: i % 5, Begin: clock - random.Int63n(2500), End: clock + random.Int63n(2500), Answer: "ok"}
		switch random.Intn(4) {
		case 0:
			o.Op, o.Value = "get", now
		case 1:
			o.Op, o.Value = "put", &text
			now = &text
		case 2:
			o.Op = "delete"
			now = nil
		case 3:
			o.Op, o.Value, o.Previous, o.Expected = "cas", &text, now, now
			if random.Intn(3) == 0 {
				other := "something else"
				o.Expected = &other
			} else {
				o.Swapped, now = true, &text
			}
		}
		if o.Op != "get" && random.Intn(6) == 0 {
			o.Answer, o.Swapped, o.Previous = "unknown", false, nil
		}
		all = append(all, o)
	}
	return all
}

func TestARegisterIsOneUntilAnAnswerIsChanged(t *testing.T) {
	invented := "never written"
	changed := 0
	for seed := int64(0); seed < 200; seed++ {
		history := randomHistory(rand.New(rand.NewSource(seed)))
		if result, _, _ := Check(history, 20*time.Second); result != porcupine.Ok {
			t.Fatalf("seed %d: a real register is judged %v", seed, result)
		}
		for i := range history {
			if history[i].Op == "get" {
				history[i].Value = &invented
				changed++
				if result, _, _ := Check(history, 20*time.Second); result != porcupine.Illegal {
					t.Fatalf("seed %d: an invented value is judged %v", seed, result)
				}
				break
			}
		}
	}
	if changed < 100 {
		t.Errorf("only %d histories had an answer to change", changed)
	}
}
