package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"
	"time"
)

func init() {
	register("card", "List cards, put one on the simulated reader, take it off, tap it.", &cardCommand{})
	register("fault", "Let something go wrong in the simulated reader.", &faultCommand{})
	register("unplug", "Unplug the simulated reader.", &unplugCommand{})
	register("plug", "Plug the simulated reader in again.", &plugCommand{})
}

// desktop is where a running "muster-sim reader" answers.
type desktop struct {
	At string `default:"http://127.0.0.1:8092" placeholder:"URL" help:"Where muster-sim reader answers."`
}

type cardCommand struct {
	desktop
	Do   string `arg:"" enum:"list,put,off,tap" help:"list, put, off or tap."`
	Name string `arg:"" optional:"" help:"The card's name."`
	UID  string `name:"uid" placeholder:"HEX" help:"The card by its number instead of its name."`
	Hold int    `placeholder:"MS" help:"Milliseconds to leave the card after it was read; put without it leaves it for good."`
}

// Run does to one card what is asked.
func (c *cardCommand) Run(ctx context.Context) error {
	if c.Do == "list" {
		return c.list(ctx)
	}
	if c.Do != "off" && c.Name == "" && c.UID == "" {
		return fmt.Errorf("card %s needs the name of a card or --uid", c.Do)
	}
	return c.post(ctx, c.Do, request{Card: c.Name, UID: c.UID, HoldMS: c.Hold})
}

func (c *cardCommand) list(ctx context.Context) error {
	body, err := c.call(ctx, http.MethodGet, "cards", nil)
	if err != nil {
		return err
	}
	var cards []cardView
	if err := json.Unmarshal(body, &cards); err != nil {
		return fmt.Errorf("answer of %s: %w", c.At, err)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, v := range cards {
		where := ""
		if v.On {
			where = "on the reader"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Name, v.Person, v.Kind, v.UID, v.Note, where)
	}
	return table.Flush()
}

type faultCommand struct {
	desktop
	Kind  string `arg:"" help:"The fault (an unknown one lists them all), or clear, unplug, plug."`
	Times int    `default:"1" help:"How many answers to spoil; -1 until cleared."`
}

// Run arms the fault.
func (c *faultCommand) Run(ctx context.Context) error {
	return c.post(ctx, "fault", request{Kind: c.Kind, Times: c.Times})
}

type unplugCommand struct{ desktop }

// Run unplugs the reader.
func (c *unplugCommand) Run(ctx context.Context) error { return c.post(ctx, "unplug", request{}) }

type plugCommand struct{ desktop }

// Run plugs the reader in.
func (c *plugCommand) Run(ctx context.Context) error { return c.post(ctx, "plug", request{}) }

// post sends a request and prints the answer.
func (d desktop) post(ctx context.Context, path string, q request) error {
	body, err := d.call(ctx, http.MethodPost, path, &q)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(body)
	return err
}

// patience is more than the longest tap takes.
const patience = readWithin + longestHold + 5*time.Second

func (d desktop) call(ctx context.Context, method, path string, q *request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body bytes.Buffer
	if q != nil {
		if err := json.NewEncoder(&body).Encode(q); err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, d.At+"/api/"+path, &body)
	if err != nil {
		return nil, fmt.Errorf("ask the simulated reader: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("is muster-sim reader running? %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("answer of the simulated reader: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var problem struct{ Error string }
		if json.Unmarshal(answer, &problem) == nil && problem.Error != "" {
			return nil, errors.New(problem.Error)
		}
		return nil, fmt.Errorf("the simulated reader answers %s", res.Status)
	}
	return answer, nil
}
