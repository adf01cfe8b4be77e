// Reads the sections `log`, `kafka` and `http` of tributary.yaml. Pure; THREAD: any.
#pragma once

#include <string>

#include "pipeline/broker_settings.h"
#include "pipeline/yaml.h"

namespace pipeline {

// `log: embedded`, `log: kafka://...` or a map of settings. `root` is the project's folder.
void ReadLog(const yaml::Value& value, const std::string& root, const yaml::Context& context,
             BrokerSettings& settings);

// The map of `kafka`.
void ReadKafka(const yaml::Value& value, const std::string& root, const yaml::Context& context,
               BrokerSettings& settings);

// The map of `http`.
void ReadHttp(const yaml::Value& value, const yaml::Context& context, BrokerSettings& settings);

}  // namespace pipeline
