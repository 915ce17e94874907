package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Operation is one line of a history: one call on one key. README.md says what the fields mean.
type Operation struct {
	Run      string  `json:"run"`
	Client   int     `json:"client"`
	Begin    int64   `json:"begin"`
	End      int64   `json:"end"`
	Op       string  `json:"op"`
	Key      string  `json:"key"`
	Value    *string `json:"value"`
	Expected *string `json:"expected"`
	Answer   string  `json:"answer"`
	Swapped  bool    `json:"swapped"`
	Previous *string `json:"previous"`
	Copies   int     `json:"copies"`
}

const never = math.MaxInt64

func (o *Operation) writes() bool { return o.Op != "get" }

func (o *Operation) check() error {
	switch o.Op {
	case "get", "delete", "cas":
	case "put":
		if o.Value == nil {
			return errors.New("a put without a value")
		}
	default:
		return fmt.Errorf("op %q is none of get, put, delete, cas", o.Op)
	}
	switch o.Answer {
	case "ok":
		if o.End < o.Begin {
			return fmt.Errorf("it ends at %d, before it begins at %d", o.End, o.Begin)
		}
	case "failed", "unknown":
	default:
		return fmt.Errorf("answer %q is none of ok, failed, unknown", o.Answer)
	}
	if o.Copies < 0 || (o.Copies > 0 && o.Op != "put" && o.Op != "delete") {
		return errors.New("copies are of a put or a delete")
	}
	return nil
}

// part is what one run did to one key: keys are independent of each other.
type part struct{ run, key string }

// Histories are the operations of each run on each key, and in which order these came.
type Histories struct {
	order []part
	of    map[part][]Operation
}

// Read takes a line for each operation. A field that is unknown is an error: it would be ignored.
func Read(from io.Reader) (*Histories, error) {
	all := &Histories{of: map[part][]Operation{}}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for number := 1; lines.Scan(); number++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var o Operation
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&o)
		if err == nil {
			err = o.check()
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		at := part{o.Run, o.Key}
		if _, known := all.of[at]; !known {
			all.order = append(all.order, at)
		}
		all.of[at] = append(all.of[at], o)
	}
	return all, lines.Err()
}
