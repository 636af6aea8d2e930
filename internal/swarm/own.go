package swarm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"muster/cloud/store/postgrestest"
	"muster/internal/stage"
)

// OwnCloud is a muster-cloud that the swarm started for itself.
type OwnCloud struct {
	*stage.Cloud
	API *stage.API

	bin      stage.Binaries
	options  stage.CloudOptions
	postgres *postgrestest.Server
	store    string
}

// StartOwn starts a cloud in a folder and sets it up; with postgres, on a server of
// its own.
func StartOwn(ctx context.Context, bin stage.Binaries, dir string, postgres bool, log io.Writer) (_ *OwnCloud, err error) {
	o := &OwnCloud{bin: bin, options: stage.CloudOptions{Data: filepath.Join(dir, "cloud"), Log: log, More: []string{"--api-rate", "100000"}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.Stop())
		}
	}()
	if postgres {
		if o.postgres, err = postgrestest.Start(ctx); err != nil {
			return nil, err
		}
		if err := o.postgres.Create(ctx, "cloud", "template0"); err != nil {
			return nil, err
		}
		o.store = o.postgres.URL("cloud")
		o.options.More = append(o.options.More, "--store", o.store)
	}
	if o.Cloud, err = stage.StartCloud(ctx, bin, o.options); err != nil {
		return nil, err
	}
	o.options.HTTP = strings.TrimPrefix(o.HTTP, "http://")
	o.options.Device = strings.TrimPrefix(o.Device, "https://")
	o.options.MQTT = o.MQTT
	o.API = &stage.API{Base: o.HTTP}
	var made struct {
		Token string `json:"token"`
	}
	err = o.API.Do(ctx, http.MethodPost, "/api/v1/setup", map[string]any{
		"token": o.SetUpToken(), "organisation": "Swarm", "email": "swarm@example.org", "name": "Swarm",
		"password": "only for as long as the swarm lives", "language": "en",
	}, &made)
	o.API.Token = made.Token
	return o, err
}

// Restart kills the cloud and starts it again at the same addresses.
func (o *OwnCloud) Restart(ctx context.Context) error {
	if err := o.Kill(); err != nil {
		return fmt.Errorf("kill the cloud: %w", err)
	}
	c, err := stage.StartCloud(ctx, o.bin, o.options)
	if err != nil {
		return fmt.Errorf("start the cloud again: %w", err)
	}
	o.Cloud = c
	return nil
}

// Stop ends the cloud and its database.
func (o *OwnCloud) Stop() error {
	var errs []error
	if o.Cloud != nil {
		errs = append(errs, o.Cloud.Stop())
	}
	if o.postgres != nil {
		errs = append(errs, o.postgres.Stop())
	}
	return errors.Join(errs...)
}
