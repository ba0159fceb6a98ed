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

#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"

namespace postern::net {

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer final : public ConnectionHandler {
 public:
  using Page = std::function<HttpResponse()>;

  // `drain` must outlive the server's connections.
  explicit HttpServer(Drain& drain) : drain_(drain) {}

  // Answers GET `path` (exactly, without a query) with what `page` returns.
  void Handle(std::string path, Page page);

  Task<> Serve(Stream stream) override;

  // Answers one request head: "GET /metrics HTTP/1.1\r\n…\r\n\r\n". Sets
  // `keep_alive`. Pure but for the pages.
  std::string Answer(absl::string_view head, bool& keep_alive) const;

 private:
  Drain& drain_;
  std::map<std::string, Page> pages_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_HTTP_H_
