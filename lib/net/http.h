// A small HTTP/1.1 server for probes and metrics: GET and HEAD, no bodies in.
//
//   http.Handle("/healthz", [] { return HttpResponse{200, "text/plain",
//   "ok\n"}; });
//
// Source:  RFC 9110, RFC 9112: what a probe or Prometheus sends.
// Threads: Handle() before serving; the callbacks run on the reactors and must
//          be thread-safe and quick.
// Limits:  a request of 8 KiB, 10 s for each request, 64 connections.

#ifndef POSTERN_LIB_NET_HTTP_H_
#define POSTERN_LIB_NET_HTTP_H_

#include <string>
#include <utility>

#include "lib/net/drain.h"
#include "lib/net/http_pages.h"
#include "lib/net/listener.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"

namespace postern::net {

class HttpServer final : public ConnectionHandler {
 public:
  // `drain` must outlive the server's connections.
  explicit HttpServer(Drain& drain) : drain_(drain) {}

  // See HttpPages.
  void Handle(std::string path, HttpPages::Page page) {
    pages_.Handle(std::move(path), std::move(page));
  }

  Task<> Serve(Stream stream) override;

 private:
  Drain& drain_;
  HttpPages pages_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_HTTP_H_
