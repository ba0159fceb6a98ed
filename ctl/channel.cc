#include "ctl/channel.h"

#include <chrono>

#include "absl/strings/str_cat.h"

namespace postern::ctl {
namespace {

constexpr std::chrono::seconds kPatience(30);

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& program,
                                       const std::string& server) {
  const std::string target =
      server.empty() ? absl::StrCat("unix:/run/postern/", program, ".sock")
                     : server;
  return grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
}

Call::Call() {
  context_.set_deadline(std::chrono::system_clock::now() + kPatience);
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

}  // namespace postern::ctl
