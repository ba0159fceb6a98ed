#include "mta/server/client.h"

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"

namespace postern::mta::server {
namespace {

void SayUnknown(std::string& name) {
  if (name.empty()) name = "unknown";
}

uint16_t PortOf(const smtp::ClientAttributes::Value& port) {
  uint32_t number = 0;
  return absl::SimpleAtoi(port.value, &number) ? static_cast<uint16_t>(number)
                                               : 0;
}

}  // namespace

Client::Client(const net::Stream& stream, ClientNames& names, net::Drain& drain)
    : names_(names),
      drain_(drain),
      address_(stream.peer_address()),
      address_text_(address_.ToString()),
      port_(stream.peer().port),
      server_(stream.local()),
      lookup_(names.Begin(address_, drain)) {}

bool Client::is_this_host() const {
  return address_text_ == "127.0.0.1" || address_text_ == "::1" ||
         address_text_ == server_.host;
}

net::Task<dns::ClientName> Client::Name() {
  dns::ClientName name;
  if (told_name_) {
    name = *told_name_;
  } else if (lookup_) {
    name = co_await lookup_->Name();
  }
  SayUnknown(name.verified_name);
  SayUnknown(name.reverse_name);
  co_return name;
}

void Client::Take(const smtp::ClientAttributes& told) {
  if (told.address) TakeAddress(told.address->value);
  if (told.name) TakeName(*told.name);
  if (told.reverse_name) {
    if (!told_name_) told_name_.emplace();
    told_name_->reverse_name = told.reverse_name->value;
    told_name_->reverse_failed = told.reverse_name->is_temporary;
  }
  if (told.port) port_ = PortOf(*told.port);
  if (told.destination) server_.host = told.destination->value;
  if (told.destination_port) server_.port = PortOf(*told.destination_port);
  if (told.login) login_ = told.login->value;
}

void Client::TakeAddress(const std::string& address) {
  const absl::StatusOr<net::IpAddress> parsed = net::IpAddress::Parse(address);
  address_ = parsed.ok() ? *parsed : net::IpAddress();
  address_text_ = address;
  SayUnknown(address_text_);
  told_name_.reset();
  lookup_ = parsed.ok() ? names_.Begin(address_, drain_) : nullptr;
}

void Client::TakeName(const smtp::ClientAttributes::Value& name) {
  told_name_ = {.verified_name = name.value,
                .reverse_name = name.value,
                .reverse_failed = name.is_temporary,
                .forward_failed = name.is_temporary};
}

}  // namespace postern::mta::server
