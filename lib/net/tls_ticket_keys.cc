#include "lib/net/tls_ticket_keys.h"

#include <algorithm>

#include "lib/base/random.h"

namespace postern::net {
namespace {

TlsTicketKeys::Key NewKey() {
  TlsTicketKeys::Key key;
  const auto fill = [](auto& bytes) {
    std::generate(bytes.begin(), bytes.end(),
                  [] { return static_cast<uint8_t>(Random64()); });
  };
  fill(key.name);
  fill(key.cipher_key);
  fill(key.mac_key);
  return key;
}

}  // namespace

TlsTicketKeys::TlsTicketKeys(absl::Duration lifetime, const Clock& clock)
    : lifetime_(lifetime),
      clock_(clock),
      renewed_(clock.Now()),
      current_(NewKey()) {}

void TlsTicketKeys::Renew() {
  const absl::Duration age = clock_.Now() - renewed_;
  if (age < lifetime_) return;
  previous_.reset();
  if (age < 2 * lifetime_) previous_ = current_;
  current_ = NewKey();
  renewed_ += age;
}

TlsTicketKeys::Key TlsTicketKeys::Current() {
  absl::MutexLock lock(&mutex_);
  Renew();
  return current_;
}

std::optional<TlsTicketKeys::Found> TlsTicketKeys::Find(
    const std::array<uint8_t, 16>& name) {
  absl::MutexLock lock(&mutex_);
  Renew();
  if (name == current_.name) return Found{current_, false};
  if (previous_ && name == previous_->name) return Found{*previous_, true};
  return std::nullopt;
}

}  // namespace postern::net
