// kafkajs against a broker: produce with its codecs, a group, a transaction, the admin client.
// usage: node kafkajs_peer.js BOOTSTRAP; prints one line per check, exits 1 when one fails.
const { Kafka, logLevel, CompressionTypes } = require('kafkajs')

const kafka = new Kafka({ clientId: 'peer', brokers: [process.argv[2]], logLevel: logLevel.NOTHING })
let failed = 0
const check = (name, holds, detail = '') => {
  if (!holds) failed++
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${name}${holds ? '' : ': ' + detail}`)
}

const readAll = (topic, count, groupId) =>
  new Promise(async (resolve) => {
    const consumer = kafka.consumer({ groupId, readUncommitted: false })
    const got = []
    const finish = async () => { clearTimeout(timer); setImmediate(async () => { await consumer.disconnect(); resolve(got) }) }
    const timer = setTimeout(finish, 20000)
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => { got.push(message); if (got.length === count) finish() } })
  })

const main = async () => {
  const suffix = Math.random().toString(36).slice(2)
  const admin = kafka.admin()
  await admin.connect()
  const topic = 'js-' + suffix
  check('a topic is created', await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }))
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
    await producer.send({ topic, compression, messages: Array.from({ length: 100 }, (_, i) => ({ key: `k${i}`, value: `v${i}`, headers: { h: 'x' } })) })
  }
  const got = await readAll(topic, 200, 'js-group-' + suffix)
  check('a group reads what an idempotent producer wrote', got.length === 200 && got[0].headers.h.toString() === 'x', got.length)
  const transactional = kafka.producer({ transactionalId: 'js-' + suffix, maxInFlightRequests: 1, idempotent: true })
  await transactional.connect()
  const sink = 'js-sink-' + suffix
  await admin.createTopics({ topics: [{ topic: sink }] })
  for (const end of ['commit', 'abort', 'commit']) {
    const transaction = await transactional.transaction()
    await transaction.send({ topic: sink, messages: [{ value: end }] })
    await transaction[end]()
  }
  const committed = await readAll(sink, 2, 'js-sink-' + suffix)
  check('a group reads committed transactions only', committed.map((m) => m.value.toString()).join() === 'commit,commit', committed.length)
  const offsets = await admin.fetchOffsets({ groupId: 'js-group-' + suffix, topics: [topic] })
  check('the group has its offsets', offsets[0].partitions.reduce((sum, p) => sum + Number(p.offset), 0) === 200, JSON.stringify(offsets))
  const groups = await admin.listGroups()
  check('groups are listed', groups.groups.some((g) => g.groupId === 'js-group-' + suffix))
  await admin.deleteTopics({ topics: [topic] })
  check('a topic is deleted', !(await admin.listTopics()).includes(topic))
  await Promise.all([producer.disconnect(), transactional.disconnect(), admin.disconnect()])
  process.exit(failed ? 1 : 0)
}
main().catch((error) => { console.log('FAIL', error); process.exit(1) })
