// Peer: how the other side of a connection reached us, as the listener knows it. Value type.
#pragma once

#include <string>

#include "kafka/server/broker.h"

namespace kafka::server {

struct Peer {
  std::string host;              // its address, without the port
  std::string listener = {};     // name of the listener
  bool encrypted = false;        // TLS
  std::string certificate = {};  // distinguished name of its certificate, "" without one
  bool needs_sasl = false;       // the listener serves nothing before authentication
  Endpoint advertised = {};      // of this listener
};

}  // namespace kafka::server
