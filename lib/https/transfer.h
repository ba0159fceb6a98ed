// One request as libcurl has it: how it is set up, what its end means.
//
// Threads: the thread of its Transfers, which drives the handle.

#ifndef POSTERN_LIB_HTTPS_TRANSFER_H_
#define POSTERN_LIB_HTTPS_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/https/exchange.h"
#include "lib/https/options.h"

namespace postern::https {

class Transfer {
 public:
  // `options` must outlive it.
  Transfer(const Options& options, std::shared_ptr<Exchange> exchange);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  // The handle must have been taken from its multi handle.
  ~Transfer();

  CURL* handle() { return handle_.get(); }

  // Gives the exchange its result: libcurl has ended with `code`.
  void End(CURLcode code);

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OpenSocket(void* self, curlsocktype purpose,
                                  curl_sockaddr* address);
  static void Append(List& list, const std::string& text);

  template <typename Value>
  void Set(CURLoption option, Value value);
  void SetUpTarget();
  void SetUpTrust();
  void SetUpContent();
  absl::Status Failure(CURLcode code) const;

  const Options& options_;
  const std::shared_ptr<Exchange> exchange_;
  List addresses_;
  List headers_;
  std::array<char, CURL_ERROR_SIZE> details_ = {};
  std::string body_;
  size_t header_bytes_ = 0;
  bool is_too_long_ = false;
  std::string refused_address_;
  std::unique_ptr<CURL, FreeHandle> handle_;
};

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_TRANSFER_H_
