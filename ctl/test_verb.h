// What tests of verbs share: a service that the test plays, behind a socket,
// and the verb run against it.

#ifndef POSTERN_CTL_TEST_VERB_H_
#define POSTERN_CTL_TEST_VERB_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ctl/verb.h"
#include "gtest/gtest.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {

template <typename FakeService>
class VerbTest : public ::testing::Test {
 protected:
  // `verbs` are those that Run() can run.
  explicit VerbTest(std::vector<Verb> verbs)
      : verbs_(std::move(verbs)),
        target_("unix:" + dir_.path() + "/program.sock"),
        server_(
            grpc::ServerBuilder()
                .AddListeningPort(target_, grpc::InsecureServerCredentials())
                .RegisterService(&relay_)
                .BuildAndStart()) {}

  absl::Status Run(const std::string& name,
                   const std::vector<std::string>& arguments,
                   bool json = false) {
    out_.str("");
    for (const Verb& verb : verbs_) {
      if (verb.name == name) return verb.run({arguments, target_, json}, out_);
    }
    return absl::NotFoundError(name);
  }

  FakeService relay_;
  std::ostringstream out_;

 private:
  const std::vector<Verb> verbs_;
  const testing::TempDir dir_;
  const std::string target_;

 protected:
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_TEST_VERB_H_
