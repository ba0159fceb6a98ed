#include "lib/dns/scripted_name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/dns/name.h"
#include "lib/dns/wire.h"

namespace postern::dns {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr uint16_t kCname = 5;
constexpr int kNxDomain = 3;

std::string Number(uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

uint16_t NumberAt(absl::string_view packet, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(packet[at]) << 8 |
                               static_cast<uint8_t>(packet[at + 1]));
}

sockaddr_in Loopback() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A record of the name that was asked for, which stands behind the header.
std::string RecordOf(uint16_t type, absl::string_view rdata) {
  constexpr uint16_t kQuestionName = 0xc000 | kHeaderBytes;
  constexpr uint16_t kClassIn = 1, kTtl = 300;
  return absl::StrCat(Number(kQuestionName), Number(type), Number(kClassIn),
                      Number(0), Number(kTtl), Number(rdata.size()), rdata);
}

}  // namespace

ScriptedNameServer::ScriptedNameServer()
    : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback();
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  const bool is_bound = ::bind(socket_.get(), raw, size) == 0 &&
                        ::getsockname(socket_.get(), raw, &size) == 0;
  assert(is_bound);
  address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  thread_ = std::thread([this] { Run(); });
}

ScriptedNameServer::~ScriptedNameServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  // An empty packet to ourselves wakes the thread.
  sockaddr_in address = Loopback();
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  ::getsockname(socket_.get(), raw, &size);
  ::sendto(socket_.get(), nullptr, 0, 0, raw, size);
  thread_.join();
}

void ScriptedNameServer::Add(const std::string& name, Type type,
                             std::vector<std::string> rdata) {
  absl::MutexLock lock(&mutex_);
  names_[name];
  records_[{name, static_cast<uint16_t>(type)}] = std::move(rdata);
}

void ScriptedNameServer::AddCname(const std::string& name,
                                  absl::string_view target) {
  absl::MutexLock lock(&mutex_);
  names_[name];
  records_[{name, kCname}] = {WireName(target)};
}

void ScriptedNameServer::SetBehaviour(const std::string& name,
                                      Behaviour behaviour) {
  absl::MutexLock lock(&mutex_);
  names_[name] = behaviour;
}

int ScriptedNameServer::Asked(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = asked_.find(name);
  return found == asked_.end() ? 0 : found->second;
}

void ScriptedNameServer::Run() {
  char buffer[4096];
  while (true) {
    sockaddr_in peer = {};
    socklen_t size = sizeof(peer);
    auto* raw = reinterpret_cast<sockaddr*>(&peer);
    const ssize_t n =
        ::recvfrom(socket_.get(), buffer, sizeof(buffer), 0, raw, &size);
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
    }
    if (n <= 0) continue;
    const std::string answer = Answer(absl::string_view(buffer, n));
    if (answer.empty()) continue;
    ::sendto(socket_.get(), answer.data(), answer.size(), 0, raw, size);
  }
}

std::optional<ScriptedNameServer::Question> ScriptedNameServer::Parse(
    absl::string_view packet) {
  Question question;
  size_t at = kHeaderBytes;
  while (at < packet.size() && packet[at] != 0) {
    const size_t length = static_cast<uint8_t>(packet[at]);
    if (at + 1 + length > packet.size()) return std::nullopt;
    absl::StrAppend(&question.name, question.name.empty() ? "" : ".",
                    packet.substr(at + 1, length));
    at += 1 + length;
  }
  if (at + 5 > packet.size()) return std::nullopt;
  question.name = Normalized(question.name);
  question.type = NumberAt(packet, at + 1);
  question.end = at + 5;
  return question;
}

std::string ScriptedNameServer::Answer(absl::string_view packet) {
  const std::optional<Question> question = Parse(packet);
  if (!question.has_value()) return "";
  absl::MutexLock lock(&mutex_);
  ++asked_[question->name];
  const auto name = names_.find(question->name);
  const bool exists = name != names_.end();
  if (exists && name->second.is_silent) return "";
  uint16_t type = question->type;
  if (records_.count({question->name, kCname}) > 0) type = kCname;
  const auto found = records_.find({question->name, type});
  std::string answers;
  uint16_t count = 0;
  if (found != records_.end()) {
    for (const std::string& rdata : found->second) {
      absl::StrAppend(&answers, RecordOf(type, rdata));
      ++count;
    }
  }
  // A response, recursion desired and available.
  constexpr uint16_t kFlags = 0x8180;
  const int rcode = exists ? name->second.rcode : kNxDomain;
  return absl::StrCat(packet.substr(0, 2), Number(kFlags | rcode), Number(1),
                      Number(count), Number(0), Number(0),
                      packet.substr(kHeaderBytes, question->end - kHeaderBytes),
                      answers);
}

}  // namespace postern::dns
