package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// dist is made by internal/web/build. Without it pages have no style and no
// script, and still work.
//
//go:embed all:dist
var dist embed.FS

// assetNames gives the file of each asset, whose name holds a hash of it.
var assetNames = readManifest()

func readManifest() map[string]string {
	names := map[string]string{}
	data, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		return names
	}
	if err := json.Unmarshal(data, &names); err != nil {
		panic("web: manifest.json: " + err.Error())
	}
	return names
}

// asset returns the address of app.css, app.js or theme.js.
func asset(name string) string {
	if hashed, ok := assetNames[name]; ok {
		name = hashed
	}
	return "/static/" + name
}

// static serves the embedded files. Their names change with their contents, so
// that a browser keeps them for a year.
func static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	file := path.Join("dist", path.Base(name))
	data, err := fs.ReadFile(dist, file)
	if err != nil || name == ".gitkeep" || name == "manifest.json" {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if packed, err := fs.ReadFile(dist, file+".gz"); err == nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		data = packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
