#include "mta/outbound/connector.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "mta/outbound/proxy_header.h"
#include "mta/outbound/secret_file.h"
#include "mta/outbound/socks.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kMaxSocksBytes = 255;
constexpr size_t kMaxFileBytes = 4096;

absl::Status Wrong(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("smtp.", field, ": ", why));
}

net::Task<absl::StatusOr<std::string>> ReadBytes(net::Stream& stream,
                                                 size_t count,
                                                 net::Deadline deadline) {
  std::string bytes(count, '\0');
  size_t at = 0;
  while (at < count) {
    CO_ASSIGN_OR_RETURN(
        const size_t n,
        co_await stream.Read({&bytes[at], count - at}, deadline));
    if (n == 0) co_return absl::UnavailableError("connection closed");
    at += n;
  }
  co_return bytes;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Connector>> Connector::FromConfig(
    const config::v1::Mta& config) {
  ASSIGN_OR_RETURN(BindAddresses addresses, BindAddresses::FromConfig(config));
  std::shared_ptr<Connector> connector(new Connector(std::move(addresses)));
  RETURN_IF_ERROR(connector->ReadSocks(config.smtp()));
  connector->says_ends_ = config.smtp().smtp_proxy_protocol();
  return connector;
}

absl::Status Connector::ReadSocks(const config::v1::Smtp& config) {
  if (config.smtp_socks_proxy().empty()) return absl::OkStatus();
  const auto endpoint = net::Endpoint::Parse(config.smtp_socks_proxy());
  if (!endpoint.ok()) {
    return Wrong("smtp_socks_proxy", endpoint.status().message());
  }
  if (!endpoint->is_unix() && !net::IpAddress::Parse(endpoint->host).ok()) {
    return Wrong("smtp_socks_proxy", "an address is wanted, not a name");
  }
  socks_ = *endpoint;
  const std::string& file = config.smtp_socks_login_file();
  if (file.empty()) return absl::OkStatus();
  absl::Status status = CheckSecretFile(file);
  if (!status.ok()) return Wrong("smtp_socks_login_file", status.message());
  const absl::StatusOr<std::string> text = ReadFile(file, kMaxFileBytes);
  if (!text.ok())
    return Wrong("smtp_socks_login_file", text.status().message());
  const auto login = sasl::ParseLogin(absl::StripAsciiWhitespace(*text));
  if (!login.ok()) {
    return Wrong("smtp_socks_login_file", login.status().message());
  }
  if (login->user.size() > kMaxSocksBytes ||
      login->password.size() > kMaxSocksBytes || login->password.empty()) {
    return Wrong("smtp_socks_login_file", "1 to 255 bytes each are wanted");
  }
  socks_login_ = *login;
  return absl::OkStatus();
}

net::Task<absl::Status> Connector::GoThrough(net::Stream& stream,
                                             routing::Host host,
                                             net::Deadline deadline) const {
  const bool has_login = socks_login_.has_value();
  CO_RETURN_IF_ERROR(co_await stream.Write(SocksGreeting(has_login), deadline));
  CO_ASSIGN_OR_RETURN(std::string bytes,
                      co_await ReadBytes(stream, kSocksMethodBytes, deadline));
  CO_ASSIGN_OR_RETURN(const SocksMethod method,
                      ReadSocksMethod(bytes, has_login));
  if (method == SocksMethod::kPassword) {
    const std::string text = SocksLoginText(*socks_login_);
    CO_RETURN_IF_ERROR(co_await stream.Write(text, deadline));
    CO_ASSIGN_OR_RETURN(
        bytes, co_await ReadBytes(stream, kSocksLoginReplyBytes, deadline));
    CO_RETURN_IF_ERROR(ReadSocksLoginReply(bytes));
  }
  const std::string request = SocksConnect(host.address, host.port);
  CO_RETURN_IF_ERROR(co_await stream.Write(request, deadline));
  CO_ASSIGN_OR_RETURN(
      bytes, co_await ReadBytes(stream, kSocksReplyHeadBytes, deadline));
  CO_ASSIGN_OR_RETURN(const size_t rest, ReadSocksReplyHead(bytes));
  CO_ASSIGN_OR_RETURN(bytes, co_await ReadBytes(stream, rest, deadline));
  co_return absl::OkStatus();
}

net::Task<absl::StatusOr<net::Stream>> Connector::Connect(
    routing::Host host, std::string destination, net::Deadline deadline) const {
  net::Endpoint endpoint = net::Endpoint::Tcp(host.address, host.port);
  net::ConnectOptions options;
  const bool is_local = !host.socket.empty();
  if (is_local) endpoint = {"", 0, host.socket};
  if (!is_local && socks_) endpoint = *socks_;
  const auto peer = net::IpAddress::Parse(endpoint.host);
  if (!is_local && peer.ok()) {
    options.bind_address = addresses_.For(*peer, destination);
    options.must_bind = addresses_.is_enforced();
  }
  absl::StatusOr<net::Stream> stream =
      co_await net::Connect(endpoint, deadline, options);
  if (is_local || !stream.ok()) co_return stream;
  if (socks_) {
    const absl::Status through = co_await GoThrough(*stream, host, deadline);
    if (!through.ok()) {
      co_return absl::Status(through.code(),
                             absl::StrCat("SOCKS5 server ", socks_->ToString(),
                                          ": ", through.message()));
    }
  }
  if (!says_ends_) co_return stream;
  const auto ours = net::IpAddress::Parse(stream->local().host);
  const std::string header =
      ProxyHeader(ours.ok() ? *ours : net::IpAddress(), stream->local().port,
                  host.address, host.port);
  CO_RETURN_IF_ERROR(co_await stream->Write(header, deadline));
  co_return stream;
}

}  // namespace postern::mta::outbound
