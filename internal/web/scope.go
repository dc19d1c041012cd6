package web

import "vigie.example/internal/register"

// scope turns what a person is into the records that the person may see.
func (s *Server) scope(in *Session) register.Scope { return s.App.Book.Scope(in.Entities) }
