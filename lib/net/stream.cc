#include "lib/net/stream.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/net/socket_address.h"
#include "lib/net/stream_socket.h"
#include "lib/net/tls.h"
#include "lib/net/tls_facts.h"

namespace postern::net {

Stream::Stream(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Task<absl::StatusOr<size_t>> Stream::Read(absl::Span<char> buffer,
                                          Deadline deadline) {
  return socket_->Read(buffer, deadline);
}

Task<absl::Status> Stream::Write(absl::string_view data, Deadline deadline) {
  return socket_->Write(data, deadline);
}

Task<absl::Status> Stream::StartTlsServer(TlsContext& context,
                                          Deadline deadline) {
  return socket_->Handshake(context, TlsPeer(), TlsConnection::Role::kServer,
                            deadline);
}

Task<absl::Status> Stream::StartTlsClient(TlsContext& context, std::string host,
                                          Deadline deadline) {
  TlsPeer peer = {.server_name = host};
  if (context.verifies_peer()) {
    peer.proof = TlsPeer::Proof::kName;
    peer.names = {std::move(host)};
  }
  return StartTlsClient(context, std::move(peer), deadline);
}

Task<absl::Status> Stream::StartTlsClient(TlsContext& context, TlsPeer peer,
                                          Deadline deadline) {
  return socket_->Handshake(context, std::move(peer),
                            TlsConnection::Role::kClient, deadline);
}

bool Stream::is_tls() const { return socket_->ssl() != nullptr; }

std::string Stream::tls_version() const {
  return is_tls() ? SSL_get_version(socket_->ssl()) : "";
}

std::string Stream::tls_cipher() const {
  return is_tls() ? SSL_get_cipher_name(socket_->ssl()) : "";
}

bool Stream::is_tls_resumed() const {
  return is_tls() && SSL_session_reused(socket_->ssl()) == 1;
}

TlsFault Stream::tls_fault() const { return socket_->tls_fault(); }

TlsFacts Stream::tls_facts(const std::string& fingerprint_digest) const {
  return is_tls() ? FactsOf(socket_->ssl(), fingerprint_digest) : TlsFacts();
}

std::string Stream::tls_binding() const {
  return is_tls() ? BindingOf(socket_->ssl()) : "";
}

void Stream::AssumeEnds(Endpoint peer, IpAddress peer_address, Endpoint local) {
  socket_->AssumeEnds(std::move(peer), peer_address, std::move(local));
}

void Stream::Interrupt() { socket_->Interrupt(); }
void Stream::SayLast(absl::string_view farewell) { socket_->SayLast(farewell); }
bool Stream::HasInput() const { return socket_->HasInput(); }
const Endpoint& Stream::peer() const { return socket_->peer(); }
const IpAddress& Stream::peer_address() const {
  return socket_->peer_address();
}
const Endpoint& Stream::local() const { return socket_->local(); }

Task<absl::StatusOr<Stream>> Connect(Endpoint endpoint, Deadline deadline) {
  return Connect(std::move(endpoint), deadline, ConnectOptions());
}

Task<absl::StatusOr<Stream>> Connect(Endpoint endpoint, Deadline deadline,
                                     ConnectOptions options) {
  CO_ASSIGN_OR_RETURN(const SocketAddress address,
                      SocketAddress::From(endpoint));
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) co_return ErrnoStatus(errno, endpoint.ToString());
  if (!options.bind_address.empty()) {
    const Endpoint from = {
        .host = options.bind_address, .port = 0, .unix_path = {}};
    CO_ASSIGN_OR_RETURN(const SocketAddress source, SocketAddress::From(from));
    if (::bind(fd.get(), source.get(), source.size) != 0 && options.must_bind) {
      co_return ErrnoStatus(errno, options.bind_address);
    }
  }
  auto socket = std::make_unique<Stream::Socket>(
      Reactor::Current(), std::move(fd), address.family());
  const absl::Status status =
      co_await socket->Connect(address.get(), address.size, deadline);
  if (!status.ok()) {
    co_return absl::Status(status.code(), absl::StrCat(endpoint.ToString(),
                                                       ": ", status.message()));
  }
  co_return Stream(std::move(socket));
}

}  // namespace postern::net
