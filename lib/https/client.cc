#include "lib/https/client.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/dns/host.h"
#include "lib/https/target.h"
#include "lib/https/transfers.h"

namespace postern::https {
namespace {

absl::Status At(absl::string_view host, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(host, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(dns::Resolver& resolver,
                                                       Options options) {
  if (!options.ca_file.empty()) {
    RETURN_IF_ERROR(ReadFile(options.ca_file).status());
  }
  return std::unique_ptr<Client>(new Client(resolver, std::move(options)));
}

Client::Client(dns::Resolver& resolver, Options options)
    : resolver_(resolver),
      transfers_(std::make_unique<Transfers>(std::move(options))) {}

Client::~Client() = default;

net::Task<absl::StatusOr<Response>> Client::Get(std::string uri,
                                                size_t max_bytes,
                                                net::Deadline deadline) {
  Request request{.max_answer_bytes = max_bytes, .deadline = deadline};
  return Ask(std::move(uri), std::move(request));
}

net::Task<absl::StatusOr<Response>> Client::Post(std::string uri,
                                                 std::string content_type,
                                                 std::string body,
                                                 net::Deadline deadline) {
  Request request{.is_post = true,
                  .content_type = std::move(content_type),
                  .body = std::move(body),
                  .max_answer_bytes = kMaxPostAnswerBytes,
                  .deadline = deadline};
  return Ask(std::move(uri), std::move(request));
}

net::Task<absl::StatusOr<Response>> Client::Ask(std::string uri,
                                                Request request) {
  CO_ASSIGN_OR_RETURN(request.target, ParseTarget(uri));
  const std::string host = request.target.host;
  const absl::StatusOr<dns::HostAddresses> found =
      co_await dns::ResolveHost(resolver_, host, request.deadline);
  if (!found.ok()) co_return At(host, found.status());
  if (found->addresses.empty()) {
    co_return At(host, absl::NotFoundError("has no address"));
  }
  request.addresses = found->addresses;
  const auto exchange = std::make_shared<Exchange>(std::move(request));
  transfers_->Add(exchange);
  absl::StatusOr<Response> result = co_await Exchange::Result(exchange);
  if (!result.ok()) co_return At(host, result.status());
  co_return result;
}

}  // namespace postern::https
