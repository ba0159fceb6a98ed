// filterd: a milter daemon for tests and benchmarks. It adds a field X-Seen,
// and does with a message what its fields X-Do say (orders.h).

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/status_macros.h"
#include "lib/daemon/main.h"
#include "lib/milter/serve.h"
#include "tests/milter/filterd.pb.h"
#include "tests/milter/orders.h"

namespace postern::testfilter {
namespace {

class Message final : public milter::Transaction {
 public:
  Message(const milter::Envelope& envelope, const std::string& seen)
      : envelope_(envelope), seen_(seen) {}

  void OnHeader(absl::string_view name, absl::string_view value) override {
    if (name == "X-Do") orders_.emplace_back(value);
  }
  void OnBody(absl::string_view) override {}
  net::Task<absl::StatusOr<milter::Changes>> Finish(net::Deadline) override {
    milter::Changes changes;
    if (!seen_.empty()) changes.AddHeader("X-Seen", " " + seen_);
    for (const std::string& order : orders_) {
      CO_RETURN_IF_ERROR(Obey(order, envelope_, changes));
    }
    co_return changes;
  }

 private:
  const milter::Envelope& envelope_;
  const std::string& seen_;
  std::vector<std::string> orders_;
};

class TestFilter final : public milter::Filter {
 public:
  explicit TestFilter(std::string seen) : seen_(std::move(seen)) {}

  milter::Needs needs() const override {
    milter::Needs needs;
    needs.add_headers = needs.change_headers = needs.change_sender =
        needs.add_recipients = needs.delete_recipients = needs.replace_body =
            needs.quarantine = true;
    return needs;
  }
  std::unique_ptr<milter::Transaction> Begin(
      const milter::Envelope& envelope) override {
    return std::make_unique<Message>(envelope, seen_);
  }

 private:
  const std::string seen_;
};

absl::Status Check(const Filterd& config) {
  return milter::CheckConfig(config.milter());
}

absl::Status Start(const Filterd& config, daemon::Daemon& daemon) {
  TestFilter& filter = daemon.Own(std::make_unique<TestFilter>(config.seen()));
  return milter::Serve(daemon, config.milter(), /*default_port=*/8890, filter);
}

}  // namespace
}  // namespace postern::testfilter

int main(int argc, char** argv) {
  return postern::daemon::Main<postern::testfilter::Filterd>(
      argc, argv, "filterd", postern::testfilter::Start,
      postern::testfilter::Check);
}
