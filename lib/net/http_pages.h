// What an HTTP server answers to a request's head: pure, no sockets.
//
//   pages.Handle("/healthz", [] { return HttpResponse{.body = "ok\n"}; });
//   stream.Write(pages.Answer(head, keep_alive), deadline);
//
// Source:  RFC 9110, RFC 9112: GET and HEAD, no bodies in.
// Threads: Handle() first; then Answer() from any thread, if the pages may.

#ifndef POSTERN_LIB_NET_HTTP_PAGES_H_
#define POSTERN_LIB_NET_HTTP_PAGES_H_

#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::net {

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpPages {
 public:
  using Page = std::function<HttpResponse()>;

  // Answers GET `path` (exactly, without a query) with what `page` returns.
  void Handle(std::string path, Page page);

  // Answers one request head: "GET /metrics HTTP/1.1\r\n…\r\n\r\n". Sets
  // `keep_alive`.
  std::string Answer(absl::string_view head, bool& keep_alive) const;

 private:
  std::map<std::string, Page> pages_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_HTTP_PAGES_H_
