#include "mta/server/client.h"

namespace postern::mta::server {
namespace {

void SayUnknown(std::string& name) {
  if (name.empty()) name = "unknown";
}

}  // namespace

Client::Client(const net::Stream& stream, ClientNames& names, net::Drain& drain)
    : address_(stream.peer_address()),
      address_text_(address_.ToString()),
      port_(stream.peer().port),
      lookup_(names.Begin(address_, drain)) {}

net::Task<dns::ClientName> Client::Name() {
  dns::ClientName name = co_await lookup_->Name();
  SayUnknown(name.verified_name);
  SayUnknown(name.reverse_name);
  co_return name;
}

}  // namespace postern::mta::server
