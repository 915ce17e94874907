// linearizability reads histories, a JSON line for each operation, and tells whether some order of the
// operations on each key explains every answer. README.md says what a line holds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

// Counts of what was checked.
type counts struct {
	runs                         map[string]bool
	keys, operations, violations int
	undecided                    int
}

// tell prints the operations of a history that nothing explains, in the order in which they began.
func tell(out io.Writer, at part, operations []Operation) {
	fmt.Fprintf(out, "run %q, key %q: no order explains these answers:\n", at.run, at.key)
	sorted := append([]Operation{}, operations...)
	sort.SliceStable(sorted, func(a, b int) bool { return sorted[a].Begin < sorted[b].Begin })
	for i := range sorted {
		o := &sorted[i]
		end := fmt.Sprint(o.End)
		if o.Answer != "ok" {
			end = "…"
		}
		fmt.Fprintf(out, "  client %d, %d to %s: %s", o.Client, o.Begin, end, describe(o))
		if o.Copies > 0 {
			fmt.Fprintf(out, ", %d copies in doubt", o.Copies)
		}
		fmt.Fprintln(out)
	}
}

func check(all *Histories, out io.Writer, patience time.Duration, picture string) (counts, error) {
	found := counts{runs: map[string]bool{}}
	for _, at := range all.order {
		operations := all.of[at]
		found.runs[at.run] = true
		found.keys++
		found.operations += len(operations)
		result, info, _ := Check(operations, patience)
		switch result {
		case porcupine.Ok:
			continue
		case porcupine.Unknown:
			found.undecided++
			fmt.Fprintf(out, "run %q, key %q: not decided within %v\n", at.run, at.key, patience)
			continue
		}
		found.violations++
		tell(out, at, operations)
		if picture != "" && found.violations == 1 {
			if err := porcupine.VisualizePath(register, info, picture); err != nil {
				return found, err
			}
			fmt.Fprintln(out, "  drawn in", picture)
		}
	}
	return found, nil
}

func run(files []string, patience time.Duration, picture string) error {
	total := counts{runs: map[string]bool{}}
	for _, file := range files {
		from := os.Stdin
		if file != "-" {
			opened, err := os.Open(file)
			if err != nil {
				return err
			}
			defer opened.Close()
			from = opened
		}
		all, err := Read(from)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		found, err := check(all, os.Stdout, patience, picture)
		if err != nil {
			return err
		}
		for name := range found.runs {
			total.runs[name] = true
		}
		total.keys += found.keys
		total.operations += found.operations
		total.violations += found.violations
		total.undecided += found.undecided
	}
	if total.operations == 0 {
		return errors.New("there is no operation to check")
	}
	fmt.Printf("%d operations on %d keys of %d runs: %d violations, %d undecided\n",
		total.operations, total.keys, len(total.runs), total.violations, total.undecided)
	if total.violations+total.undecided > 0 {
		os.Exit(1)
	}
	return nil
}

func main() {
	patience := flag.Duration("patience", 30*time.Second, "how long to search for an order, for each key of a run")
	picture := flag.String("picture", "", "an HTML file in which the first violation is drawn")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: linearizability [-patience 30s] [-picture FILE.html] FILE...   (-: standard input)")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Args(), *patience, *picture); err != nil {
		fmt.Fprintln(os.Stderr, "linearizability:", err)
		os.Exit(2)
	}
}
