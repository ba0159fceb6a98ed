#include "lib/redis/login.h"

#include <cassert>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/redis/command.h"
#include "lib/redis/error_reply.h"

namespace postern::redis {
namespace {

enum class Step { kAuth, kSelect, kSetName, kRole };

std::vector<Step> StepsOf(const Login& login) {
  std::vector<Step> steps;
  if (!login.password_file.empty()) steps.push_back(Step::kAuth);
  if (login.database != 0) steps.push_back(Step::kSelect);
  steps.push_back(Step::kSetName);
  if (login.require_master) steps.push_back(Step::kRole);
  return steps;
}

absl::Status Refused(const char* command, absl::string_view text) {
  return absl::UnavailableError(
      absl::StrCat("redis: ", command, ": ", Printable(text)));
}

// An old server, or a user who may not do it, need not know our name; but one
// that wants a password refuses all else.
absl::Status CheckSetName(const Reply& reply) {
  if (ReadError(reply.error()).kind == ErrorReply::Kind::kNoPermission &&
      !absl::StartsWith(reply.error(), "NOPERM")) {
    return Refused("CLIENT SETNAME", reply.error());
  }
  return absl::OkStatus();
}

absl::Status CheckRole(const Reply& reply) {
  if (reply.is_error()) return Refused("ROLE", reply.error());
  const auto parts = reply.Array(1, 16);
  if (!parts.ok()) return parts.status();
  const auto role = parts->front().String(64);
  if (!role.ok()) return role.status();
  if (*role == "master") return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("redis: wanted a master, this is a ", Printable(*role)));
}

absl::Status CheckStep(Step step, const Reply& reply) {
  switch (step) {
    case Step::kAuth:
      return reply.is_error() ? Refused("AUTH", reply.error())
                              : absl::OkStatus();
    case Step::kSelect:
      return reply.is_error() ? Refused("SELECT", reply.error())
                              : absl::OkStatus();
    case Step::kSetName:
      return CheckSetName(reply);
    case Step::kRole:
      return CheckRole(reply);
  }
  return absl::OkStatus();
}

void AppendStep(Step step, const Login& login, absl::string_view password,
                std::string& wire) {
  const std::string database = absl::StrCat(login.database);
  const absl::string_view user =
      login.username.empty() ? "default" : absl::string_view(login.username);
  switch (step) {
    case Step::kAuth:
      return AppendCommand({"AUTH", user, password}, wire);
    case Step::kSelect:
      return AppendCommand({"SELECT", database}, wire);
    case Step::kSetName:
      return AppendCommand({"CLIENT", "SETNAME", login.client_name}, wire);
    case Step::kRole:
      return AppendCommand({"ROLE"}, wire);
  }
}

}  // namespace

std::string LoginRequest(const Login& login, absl::string_view password,
                         size_t& replies) {
  const std::vector<Step> steps = StepsOf(login);
  std::string wire;
  for (const Step step : steps) AppendStep(step, login, password, wire);
  replies = steps.size();
  return wire;
}

absl::Status CheckLogin(const Login& login, absl::Span<const Reply> replies) {
  const std::vector<Step> steps = StepsOf(login);
  assert(replies.size() == steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    RETURN_IF_ERROR(CheckStep(steps[i], replies[i]));
  }
  return absl::OkStatus();
}

}  // namespace postern::redis
