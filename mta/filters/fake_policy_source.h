// A policy service for tests: answers what it is told to, in turn, and keeps
// the questions.
//
// Threads: one at a time.

#ifndef POSTERN_MTA_FILTERS_FAKE_POLICY_SOURCE_H_
#define POSTERN_MTA_FILTERS_FAKE_POLICY_SOURCE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mta/filters/policy_source.h"

namespace postern::mta::filters {

class FakePolicySource final : public PolicySource {
 public:
  // `answers` as a service gives them: "DUNNO", "PREPEND X-A: b". The last is
  // given again and again.
  explicit FakePolicySource(std::vector<std::string> answers)
      : answers_(std::move(answers)) {}

  net::Task<policy::Verdict> Ask(const PolicyQuestion& question) override {
    asked_.push_back(absl::StrCat(question.instance, " ", question.sender,
                                  " -> ", question.recipient));
    const size_t index = std::min(asked_.size(), answers_.size()) - 1;
    co_return policy::ParseVerdict(answers_[index]).value();
  }

  // "instance sender -> recipient" a question.
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  std::vector<std::string> answers_;
  std::vector<std::string> asked_;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_FAKE_POLICY_SOURCE_H_
