#include "lib/https/transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "lib/base/printable.h"
#include "lib/net/ip.h"
#include "lib/net/public_address.h"

namespace postern::https {
namespace {

// All header fields of an answer, with its status line.
constexpr size_t kMaxHeaderBytes = 64 * 1024;

net::IpAddress AddressOf(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address.addr, sizeof(in));
    std::array<uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return net::IpAddress::V4(bytes);
  }
  sockaddr_in6 in6;
  std::memcpy(&in6, &address.addr, sizeof(in6));
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
  return net::IpAddress::V6(bytes);
}

bool MayAsk(const Options& options, const net::IpAddress& address) {
  return net::IsPublicAddress(address) ||
         std::any_of(
             options.allowed_networks.begin(), options.allowed_networks.end(),
             [&](const net::Network& n) { return n.Contains(address); });
}

void AppendAddress(std::string* out, const net::IpAddress& address) {
  absl::StrAppend(out, address.is_v4()
                           ? address.ToString()
                           : absl::StrCat("[", address.ToString(), "]"));
}

}  // namespace

Transfer::Transfer(const Options& options, std::shared_ptr<Exchange> exchange)
    : options_(options),
      exchange_(std::move(exchange)),
      handle_(curl_easy_init()) {
  Set(CURLOPT_PRIVATE, this);
  Set(CURLOPT_ERRORBUFFER, details_.data());
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  const absl::Duration left = exchange_->request().deadline.Left();
  Set(CURLOPT_TIMEOUT_MS,
      static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(left))));
  SetUpTarget();
  SetUpTrust();
  SetUpContent();
}

Transfer::~Transfer() = default;

template <typename Value>
void Transfer::Set(CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
  assert(code == CURLE_OK);
  (void)code;
}

void Transfer::Append(List& list, const std::string& text) {
  list.reset(curl_slist_append(list.release(), text.c_str()));
}

void Transfer::SetUpTarget() {
  const Request& request = exchange_->request();
  Set(CURLOPT_URL, request.target.uri.c_str());
  Set(CURLOPT_PROTOCOLS_STR, "https");
  Set(CURLOPT_PROXY, "");  // Whatever the environment says.
  // Our own resolver has asked for the name; libcurl asks for none.
  if (!net::IpAddress::Parse(request.target.host).ok()) {
    Append(addresses_,
           absl::StrCat(request.target.host, ":", request.target.port, ":",
                        absl::StrJoin(request.addresses, ",", AppendAddress)));
    Set(CURLOPT_RESOLVE, addresses_.get());
  }
  Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OpenSocket);
  Set(CURLOPT_OPENSOCKETDATA, this);
}

void Transfer::SetUpTrust() {
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (options_.ca_file.empty() && options_.ca_path.empty()) return;
  const auto or_none = [](const std::string& path) {
    return path.empty() ? nullptr : path.c_str();
  };
  Set(CURLOPT_CAINFO, or_none(options_.ca_file));
  Set(CURLOPT_CAPATH, or_none(options_.ca_path));
}

void Transfer::SetUpContent() {
  const Request& request = exchange_->request();
  if (request.is_post) {
    Set(CURLOPT_POST, 1L);
    Set(CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(request.body.size()));
    Set(CURLOPT_POSTFIELDS, request.body.data());
    Append(headers_, absl::StrCat("Content-Type: ", request.content_type));
    Append(headers_, "Expect:");
    Set(CURLOPT_HTTPHEADER, headers_.get());
  }
  Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(CURLOPT_WRITEDATA, this);
  Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(CURLOPT_HEADERDATA, this);
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  Transfer& transfer = *static_cast<Transfer*>(self);
  const size_t bytes = size * count;
  const size_t room =
      transfer.exchange_->request().max_answer_bytes - transfer.body_.size();
  if (bytes > room) {
    transfer.is_too_long_ = true;
    return 0;
  }
  transfer.body_.append(data, bytes);
  return bytes;
}

size_t Transfer::OnHeader(char*, size_t size, size_t count, void* self) {
  Transfer& transfer = *static_cast<Transfer*>(self);
  transfer.header_bytes_ += size * count;
  if (transfer.header_bytes_ > kMaxHeaderBytes) {
    transfer.is_too_long_ = true;
    return 0;
  }
  return size * count;
}

// The last word on where we connect to, whatever the name, the URI or DNS said:
// it sees the very address.
curl_socket_t Transfer::OpenSocket(void* self, curlsocktype,
                                   curl_sockaddr* address) {
  Transfer& transfer = *static_cast<Transfer*>(self);
  const net::IpAddress ip = AddressOf(*address);
  if (!MayAsk(transfer.options_, ip)) {
    transfer.refused_address_ = ip.ToString();
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

void Transfer::End(CURLcode code) {
  if (code != CURLE_OK) {
    exchange_->SetResult(Failure(code));
    return;
  }
  Response response;
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  const char* type = nullptr;
  curl_easy_getinfo(handle(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) response.content_type = type;
  response.body = std::move(body_);
  exchange_->SetResult(std::move(response));
}

absl::Status Transfer::Failure(CURLcode code) const {
  if (is_too_long_) {
    return absl::ResourceExhaustedError("the answer is longer than is taken");
  }
  if (code == CURLE_COULDNT_CONNECT && !refused_address_.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat(refused_address_, " is not an address of the Internet"));
  }
  const std::string text = Printable(
      details_[0] != '\0' ? details_.data() : curl_easy_strerror(code));
  if (code == CURLE_OPERATION_TIMEDOUT)
    return absl::DeadlineExceededError(text);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    return absl::UnauthenticatedError(text);
  }
  return absl::UnavailableError(text);
}

}  // namespace postern::https
