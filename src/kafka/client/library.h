// Library: the functions of librdkafka that we use, found in the shared library when a real cluster
// is first talked to, so that the program starts where it is not installed. Each has the name of
// librdkafka's without rd_kafka_. Its manual is rdkafka.h. Constant once loaded; THREAD: any.
#pragma once

#include <librdkafka/rdkafka.h>

#include "base/result.h"

namespace kafka::client {

// An address that becomes a pointer to whichever function is asked for.
class Symbol {
 public:
  explicit Symbol(void* address) : address_(address) {}
  template <typename Function>
  operator Function*() const {  // NOLINT(google-explicit-constructor)
    return reinterpret_cast<Function*>(address_);
  }

 private:
  void* address_;
};

class LoadedLibrary {
 protected:
  explicit LoadedLibrary(void* library) : library_(library) {}
  Symbol Find(const char* name);
  const char* missing_ = nullptr;  // a function that the library does not have

 private:
  void* library_;
};

struct Library : private LoadedLibrary {
  // The library stays loaded for the life of the process. ERRORS: kUnsupported: it is not
  // installed, or older than 2.0.
  static base::Result<const Library*> Load();

  // Handles and their configuration.
  decltype(&rd_kafka_conf_new) conf_new = Find("rd_kafka_conf_new");
  decltype(&rd_kafka_conf_destroy) conf_destroy = Find("rd_kafka_conf_destroy");
  decltype(&rd_kafka_conf_set) conf_set = Find("rd_kafka_conf_set");
  decltype(&rd_kafka_conf_set_opaque) conf_set_opaque = Find("rd_kafka_conf_set_opaque");
  decltype(&rd_kafka_conf_set_log_cb) conf_set_log_cb = Find("rd_kafka_conf_set_log_cb");
  decltype(&rd_kafka_conf_set_error_cb) conf_set_error_cb = Find("rd_kafka_conf_set_error_cb");
  decltype(&rd_kafka_conf_set_dr_msg_cb) conf_set_dr_msg_cb = Find("rd_kafka_conf_set_dr_msg_cb");
  decltype(&rd_kafka_new) create = Find("rd_kafka_new");
  decltype(&rd_kafka_destroy_flags) destroy_flags = Find("rd_kafka_destroy_flags");
  decltype(&rd_kafka_poll) poll = Find("rd_kafka_poll");
  decltype(&rd_kafka_purge) purge = Find("rd_kafka_purge");
  decltype(&rd_kafka_fatal_error) fatal_error = Find("rd_kafka_fatal_error");
  decltype(&rd_kafka_err2str) err2str = Find("rd_kafka_err2str");
  decltype(&rd_kafka_get_watermark_offsets) get_watermark_offsets =
      Find("rd_kafka_get_watermark_offsets");
  decltype(&rd_kafka_offsets_for_times) offsets_for_times = Find("rd_kafka_offsets_for_times");
  decltype(&rd_kafka_metadata) metadata = Find("rd_kafka_metadata");
  decltype(&rd_kafka_metadata_destroy) metadata_destroy = Find("rd_kafka_metadata_destroy");

  // Queues, topics, messages.
  decltype(&rd_kafka_queue_new) queue_new = Find("rd_kafka_queue_new");
  decltype(&rd_kafka_queue_destroy) queue_destroy = Find("rd_kafka_queue_destroy");
  decltype(&rd_kafka_queue_poll) queue_poll = Find("rd_kafka_queue_poll");
  decltype(&rd_kafka_queue_yield) queue_yield = Find("rd_kafka_queue_yield");
  decltype(&rd_kafka_queue_get_main) queue_get_main = Find("rd_kafka_queue_get_main");
  decltype(&rd_kafka_topic_new) topic_new = Find("rd_kafka_topic_new");
  decltype(&rd_kafka_topic_destroy) topic_destroy = Find("rd_kafka_topic_destroy");
  decltype(&rd_kafka_topic_name) topic_name = Find("rd_kafka_topic_name");
  decltype(&rd_kafka_consume_start_queue) consume_start_queue =
      Find("rd_kafka_consume_start_queue");
  decltype(&rd_kafka_consume_stop) consume_stop = Find("rd_kafka_consume_stop");
  decltype(&rd_kafka_consume_batch_queue) consume_batch_queue =
      Find("rd_kafka_consume_batch_queue");
  decltype(&rd_kafka_message_destroy) message_destroy = Find("rd_kafka_message_destroy");
  decltype(&rd_kafka_message_timestamp) message_timestamp = Find("rd_kafka_message_timestamp");
  decltype(&rd_kafka_message_headers) message_headers = Find("rd_kafka_message_headers");
  decltype(&rd_kafka_header_get_all) header_get_all = Find("rd_kafka_header_get_all");
  decltype(&rd_kafka_headers_new) headers_new = Find("rd_kafka_headers_new");
  decltype(&rd_kafka_header_add) header_add = Find("rd_kafka_header_add");
  decltype(&rd_kafka_headers_destroy) headers_destroy = Find("rd_kafka_headers_destroy");
  decltype(&rd_kafka_produceva) produceva = Find("rd_kafka_produceva");
  decltype(&rd_kafka_topic_partition_list_new) topic_partition_list_new =
      Find("rd_kafka_topic_partition_list_new");
  decltype(&rd_kafka_topic_partition_list_add) topic_partition_list_add =
      Find("rd_kafka_topic_partition_list_add");
  decltype(&rd_kafka_topic_partition_list_destroy) topic_partition_list_destroy =
      Find("rd_kafka_topic_partition_list_destroy");

  // Transactions and errors.
  decltype(&rd_kafka_init_transactions) init_transactions = Find("rd_kafka_init_transactions");
  decltype(&rd_kafka_begin_transaction) begin_transaction = Find("rd_kafka_begin_transaction");
  decltype(&rd_kafka_send_offsets_to_transaction) send_offsets_to_transaction =
      Find("rd_kafka_send_offsets_to_transaction");
  decltype(&rd_kafka_commit_transaction) commit_transaction = Find("rd_kafka_commit_transaction");
  decltype(&rd_kafka_abort_transaction) abort_transaction = Find("rd_kafka_abort_transaction");
  decltype(&rd_kafka_consumer_group_metadata_new) consumer_group_metadata_new =
      Find("rd_kafka_consumer_group_metadata_new");
  decltype(&rd_kafka_consumer_group_metadata_destroy) consumer_group_metadata_destroy =
      Find("rd_kafka_consumer_group_metadata_destroy");
  decltype(&rd_kafka_error_code) error_code = Find("rd_kafka_error_code");
  decltype(&rd_kafka_error_string) error_string = Find("rd_kafka_error_string");
  decltype(&rd_kafka_error_is_fatal) error_is_fatal = Find("rd_kafka_error_is_fatal");
  decltype(&rd_kafka_error_is_retriable) error_is_retriable = Find("rd_kafka_error_is_retriable");
  decltype(&rd_kafka_error_txn_requires_abort) error_txn_requires_abort =
      Find("rd_kafka_error_txn_requires_abort");
  decltype(&rd_kafka_error_destroy) error_destroy = Find("rd_kafka_error_destroy");

  // Administration: requests are made, sent to a queue, and answered by an event on it.
  decltype(&rd_kafka_AdminOptions_new) admin_options_new = Find("rd_kafka_AdminOptions_new");
  decltype(&rd_kafka_AdminOptions_destroy) admin_options_destroy =
      Find("rd_kafka_AdminOptions_destroy");
  decltype(&rd_kafka_AdminOptions_set_request_timeout) admin_options_set_request_timeout =
      Find("rd_kafka_AdminOptions_set_request_timeout");
  decltype(&rd_kafka_AdminOptions_set_operation_timeout) admin_options_set_operation_timeout =
      Find("rd_kafka_AdminOptions_set_operation_timeout");
  decltype(&rd_kafka_event_destroy) event_destroy = Find("rd_kafka_event_destroy");
  decltype(&rd_kafka_event_error) event_error = Find("rd_kafka_event_error");
  decltype(&rd_kafka_event_error_string) event_error_string = Find("rd_kafka_event_error_string");
  decltype(&rd_kafka_topic_result_error) topic_result_error = Find("rd_kafka_topic_result_error");
  decltype(&rd_kafka_topic_result_error_string) topic_result_error_string =
      Find("rd_kafka_topic_result_error_string");
  decltype(&rd_kafka_group_result_error) group_result_error = Find("rd_kafka_group_result_error");
  decltype(&rd_kafka_group_result_partitions) group_result_partitions =
      Find("rd_kafka_group_result_partitions");

  // Topics.
  decltype(&rd_kafka_NewTopic_new) new_topic_new = Find("rd_kafka_NewTopic_new");
  decltype(&rd_kafka_NewTopic_destroy) new_topic_destroy = Find("rd_kafka_NewTopic_destroy");
  decltype(&rd_kafka_NewTopic_set_config) new_topic_set_config =
      Find("rd_kafka_NewTopic_set_config");
  decltype(&rd_kafka_CreateTopics) create_topics = Find("rd_kafka_CreateTopics");
  decltype(&rd_kafka_event_CreateTopics_result) event_create_topics_result =
      Find("rd_kafka_event_CreateTopics_result");
  decltype(&rd_kafka_CreateTopics_result_topics) create_topics_result_topics =
      Find("rd_kafka_CreateTopics_result_topics");
  decltype(&rd_kafka_DeleteTopic_new) delete_topic_new = Find("rd_kafka_DeleteTopic_new");
  decltype(&rd_kafka_DeleteTopic_destroy) delete_topic_destroy =
      Find("rd_kafka_DeleteTopic_destroy");
  decltype(&rd_kafka_DeleteTopics) delete_topics = Find("rd_kafka_DeleteTopics");
  decltype(&rd_kafka_event_DeleteTopics_result) event_delete_topics_result =
      Find("rd_kafka_event_DeleteTopics_result");
  decltype(&rd_kafka_DeleteTopics_result_topics) delete_topics_result_topics =
      Find("rd_kafka_DeleteTopics_result_topics");
  decltype(&rd_kafka_NewPartitions_new) new_partitions_new = Find("rd_kafka_NewPartitions_new");
  decltype(&rd_kafka_NewPartitions_destroy) new_partitions_destroy =
      Find("rd_kafka_NewPartitions_destroy");
  decltype(&rd_kafka_CreatePartitions) create_partitions = Find("rd_kafka_CreatePartitions");
  decltype(&rd_kafka_event_CreatePartitions_result) event_create_partitions_result =
      Find("rd_kafka_event_CreatePartitions_result");
  decltype(&rd_kafka_CreatePartitions_result_topics) create_partitions_result_topics =
      Find("rd_kafka_CreatePartitions_result_topics");
  decltype(&rd_kafka_DeleteRecords_new) delete_records_new = Find("rd_kafka_DeleteRecords_new");
  decltype(&rd_kafka_DeleteRecords_destroy) delete_records_destroy =
      Find("rd_kafka_DeleteRecords_destroy");
  decltype(&rd_kafka_DeleteRecords) delete_records = Find("rd_kafka_DeleteRecords");
  decltype(&rd_kafka_event_DeleteRecords_result) event_delete_records_result =
      Find("rd_kafka_event_DeleteRecords_result");
  decltype(&rd_kafka_DeleteRecords_result_offsets) delete_records_result_offsets =
      Find("rd_kafka_DeleteRecords_result_offsets");

  // Configurations.
  decltype(&rd_kafka_ConfigResource_new) config_resource_new = Find("rd_kafka_ConfigResource_new");
  decltype(&rd_kafka_ConfigResource_destroy) config_resource_destroy =
      Find("rd_kafka_ConfigResource_destroy");
  decltype(&rd_kafka_ConfigResource_set_config) config_resource_set_config =
      Find("rd_kafka_ConfigResource_set_config");
  decltype(&rd_kafka_ConfigResource_configs) config_resource_configs =
      Find("rd_kafka_ConfigResource_configs");
  decltype(&rd_kafka_ConfigResource_error) config_resource_error =
      Find("rd_kafka_ConfigResource_error");
  decltype(&rd_kafka_ConfigResource_error_string) config_resource_error_string =
      Find("rd_kafka_ConfigResource_error_string");
  decltype(&rd_kafka_DescribeConfigs) describe_configs = Find("rd_kafka_DescribeConfigs");
  decltype(&rd_kafka_event_DescribeConfigs_result) event_describe_configs_result =
      Find("rd_kafka_event_DescribeConfigs_result");
  decltype(&rd_kafka_DescribeConfigs_result_resources) describe_configs_result_resources =
      Find("rd_kafka_DescribeConfigs_result_resources");
  decltype(&rd_kafka_AlterConfigs) alter_configs = Find("rd_kafka_AlterConfigs");
  decltype(&rd_kafka_event_AlterConfigs_result) event_alter_configs_result =
      Find("rd_kafka_event_AlterConfigs_result");
  decltype(&rd_kafka_AlterConfigs_result_resources) alter_configs_result_resources =
      Find("rd_kafka_AlterConfigs_result_resources");
  decltype(&rd_kafka_ConfigEntry_name) config_entry_name = Find("rd_kafka_ConfigEntry_name");
  decltype(&rd_kafka_ConfigEntry_value) config_entry_value = Find("rd_kafka_ConfigEntry_value");
  decltype(&rd_kafka_ConfigEntry_source) config_entry_source = Find("rd_kafka_ConfigEntry_source");
  decltype(&rd_kafka_ConfigEntry_is_read_only) config_entry_is_read_only =
      Find("rd_kafka_ConfigEntry_is_read_only");
  decltype(&rd_kafka_ConfigEntry_is_sensitive) config_entry_is_sensitive =
      Find("rd_kafka_ConfigEntry_is_sensitive");

  // Groups.
  decltype(&rd_kafka_ListConsumerGroups) list_consumer_groups = Find("rd_kafka_ListConsumerGroups");
  decltype(&rd_kafka_event_ListConsumerGroups_result) event_list_consumer_groups_result =
      Find("rd_kafka_event_ListConsumerGroups_result");
  decltype(&rd_kafka_ListConsumerGroups_result_valid) list_consumer_groups_result_valid =
      Find("rd_kafka_ListConsumerGroups_result_valid");
  decltype(&rd_kafka_ListConsumerGroups_result_errors) list_consumer_groups_result_errors =
      Find("rd_kafka_ListConsumerGroups_result_errors");
  decltype(&rd_kafka_ConsumerGroupListing_group_id) consumer_group_listing_group_id =
      Find("rd_kafka_ConsumerGroupListing_group_id");
  decltype(&rd_kafka_ConsumerGroupListing_state) consumer_group_listing_state =
      Find("rd_kafka_ConsumerGroupListing_state");
  decltype(&rd_kafka_consumer_group_state_name) consumer_group_state_name =
      Find("rd_kafka_consumer_group_state_name");
  decltype(&rd_kafka_DescribeConsumerGroups) describe_consumer_groups =
      Find("rd_kafka_DescribeConsumerGroups");
  decltype(&rd_kafka_event_DescribeConsumerGroups_result) event_describe_consumer_groups_result =
      Find("rd_kafka_event_DescribeConsumerGroups_result");
  decltype(&rd_kafka_DescribeConsumerGroups_result_groups) describe_consumer_groups_result_groups =
      Find("rd_kafka_DescribeConsumerGroups_result_groups");
  decltype(&rd_kafka_ConsumerGroupDescription_group_id) consumer_group_description_group_id =
      Find("rd_kafka_ConsumerGroupDescription_group_id");
  decltype(&rd_kafka_ConsumerGroupDescription_error) consumer_group_description_error =
      Find("rd_kafka_ConsumerGroupDescription_error");
  decltype(&rd_kafka_ConsumerGroupDescription_state) consumer_group_description_state =
      Find("rd_kafka_ConsumerGroupDescription_state");
  decltype(&rd_kafka_ConsumerGroupDescription_partition_assignor)
      consumer_group_description_partition_assignor =
          Find("rd_kafka_ConsumerGroupDescription_partition_assignor");
  decltype(&rd_kafka_ConsumerGroupDescription_member_count)
      consumer_group_description_member_count =
          Find("rd_kafka_ConsumerGroupDescription_member_count");
  decltype(&rd_kafka_ConsumerGroupDescription_member) consumer_group_description_member =
      Find("rd_kafka_ConsumerGroupDescription_member");
  decltype(&rd_kafka_MemberDescription_client_id) member_description_client_id =
      Find("rd_kafka_MemberDescription_client_id");
  decltype(&rd_kafka_MemberDescription_group_instance_id) member_description_group_instance_id =
      Find("rd_kafka_MemberDescription_group_instance_id");
  decltype(&rd_kafka_MemberDescription_consumer_id) member_description_consumer_id =
      Find("rd_kafka_MemberDescription_consumer_id");
  decltype(&rd_kafka_MemberDescription_host) member_description_host =
      Find("rd_kafka_MemberDescription_host");
  decltype(&rd_kafka_MemberDescription_assignment) member_description_assignment =
      Find("rd_kafka_MemberDescription_assignment");
  decltype(&rd_kafka_MemberAssignment_partitions) member_assignment_partitions =
      Find("rd_kafka_MemberAssignment_partitions");
  decltype(&rd_kafka_DeleteGroup_new) delete_group_new = Find("rd_kafka_DeleteGroup_new");
  decltype(&rd_kafka_DeleteGroup_destroy) delete_group_destroy =
      Find("rd_kafka_DeleteGroup_destroy");
  decltype(&rd_kafka_DeleteGroups) delete_groups = Find("rd_kafka_DeleteGroups");
  decltype(&rd_kafka_event_DeleteGroups_result) event_delete_groups_result =
      Find("rd_kafka_event_DeleteGroups_result");
  decltype(&rd_kafka_DeleteGroups_result_groups) delete_groups_result_groups =
      Find("rd_kafka_DeleteGroups_result_groups");
  decltype(&rd_kafka_ListConsumerGroupOffsets_new) list_consumer_group_offsets_new =
      Find("rd_kafka_ListConsumerGroupOffsets_new");
  decltype(&rd_kafka_ListConsumerGroupOffsets_destroy) list_consumer_group_offsets_destroy =
      Find("rd_kafka_ListConsumerGroupOffsets_destroy");
  decltype(&rd_kafka_ListConsumerGroupOffsets) list_consumer_group_offsets =
      Find("rd_kafka_ListConsumerGroupOffsets");
  decltype(&rd_kafka_event_ListConsumerGroupOffsets_result)
      event_list_consumer_group_offsets_result =
          Find("rd_kafka_event_ListConsumerGroupOffsets_result");
  decltype(&rd_kafka_ListConsumerGroupOffsets_result_groups)
      list_consumer_group_offsets_result_groups =
          Find("rd_kafka_ListConsumerGroupOffsets_result_groups");
  decltype(&rd_kafka_AlterConsumerGroupOffsets_new) alter_consumer_group_offsets_new =
      Find("rd_kafka_AlterConsumerGroupOffsets_new");
  decltype(&rd_kafka_AlterConsumerGroupOffsets_destroy) alter_consumer_group_offsets_destroy =
      Find("rd_kafka_AlterConsumerGroupOffsets_destroy");
  decltype(&rd_kafka_AlterConsumerGroupOffsets) alter_consumer_group_offsets =
      Find("rd_kafka_AlterConsumerGroupOffsets");
  decltype(&rd_kafka_event_AlterConsumerGroupOffsets_result)
      event_alter_consumer_group_offsets_result =
          Find("rd_kafka_event_AlterConsumerGroupOffsets_result");
  decltype(&rd_kafka_AlterConsumerGroupOffsets_result_groups)
      alter_consumer_group_offsets_result_groups =
          Find("rd_kafka_AlterConsumerGroupOffsets_result_groups");
  decltype(&rd_kafka_DeleteConsumerGroupOffsets_new) delete_consumer_group_offsets_new =
      Find("rd_kafka_DeleteConsumerGroupOffsets_new");
  decltype(&rd_kafka_DeleteConsumerGroupOffsets_destroy) delete_consumer_group_offsets_destroy =
      Find("rd_kafka_DeleteConsumerGroupOffsets_destroy");
  decltype(&rd_kafka_DeleteConsumerGroupOffsets) delete_consumer_group_offsets =
      Find("rd_kafka_DeleteConsumerGroupOffsets");
  decltype(&rd_kafka_event_DeleteConsumerGroupOffsets_result)
      event_delete_consumer_group_offsets_result =
          Find("rd_kafka_event_DeleteConsumerGroupOffsets_result");
  decltype(&rd_kafka_DeleteConsumerGroupOffsets_result_groups)
      delete_consumer_group_offsets_result_groups =
          Find("rd_kafka_DeleteConsumerGroupOffsets_result_groups");

 private:
  using LoadedLibrary::LoadedLibrary;
};

}  // namespace kafka::client
