import { defineJob } from 'pulsar-queue'

export const twice = defineJob({ name: 'twice' }, () => 'one')
