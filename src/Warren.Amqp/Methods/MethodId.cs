namespace Warren.Amqp;

/// <summary>
/// Every method of AMQP 0-9-1 and of RabbitMQ's extensions: the class id in the upper 16 bits, the method id in the lower.
/// </summary>
public enum MethodId : uint
{
    /// <summary>No method; class and method 0 in a close that blames none.</summary>
    None = 0,

    /// <summary>10/10. The server offers protocol version, mechanisms and locales.</summary>
    ConnectionStart = (10 << 16) | 10,
    /// <summary>10/11. The client picks a mechanism and a locale and answers the first challenge.</summary>
    ConnectionStartOk = (10 << 16) | 11,
    /// <summary>10/20. A further security challenge.</summary>
    ConnectionSecure = (10 << 16) | 20,
    /// <summary>10/21. The answer to a security challenge.</summary>
    ConnectionSecureOk = (10 << 16) | 21,
    /// <summary>10/30. The server proposes limits: channels, frame size in octets, heartbeat in seconds; 0 means no limit.</summary>
    ConnectionTune = (10 << 16) | 30,
    /// <summary>10/31. The client settles the limits.</summary>
    ConnectionTuneOk = (10 << 16) | 31,
    /// <summary>10/40. Opens a virtual host.</summary>
    ConnectionOpen = (10 << 16) | 40,
    /// <summary>10/41. The connection is ready.</summary>
    ConnectionOpenOk = (10 << 16) | 41,
    /// <summary>10/50. Either side closes the connection, with the method at fault if there is one.</summary>
    ConnectionClose = (10 << 16) | 50,
    /// <summary>10/51. The other side agrees; the socket may be closed.</summary>
    ConnectionCloseOk = (10 << 16) | 51,
    /// <summary>10/60. The broker stops reading from this connection because of a resource alarm.</summary>
    ConnectionBlocked = (10 << 16) | 60,
    /// <summary>10/61. The broker reads again.</summary>
    ConnectionUnblocked = (10 << 16) | 61,
    /// <summary>10/70. New credentials for a long-lived connection, before the old ones expire.</summary>
    ConnectionUpdateSecret = (10 << 16) | 70,
    /// <summary>10/71. The new credentials were accepted.</summary>
    ConnectionUpdateSecretOk = (10 << 16) | 71,

    /// <summary>20/10. Opens a channel.</summary>
    ChannelOpen = (20 << 16) | 10,
    /// <summary>20/11. The channel is ready.</summary>
    ChannelOpenOk = (20 << 16) | 11,
    /// <summary>20/20. Asks the peer to pause or restart the flow of content.</summary>
    ChannelFlow = (20 << 16) | 20,
    /// <summary>20/21. Confirms a flow method.</summary>
    ChannelFlowOk = (20 << 16) | 21,
    /// <summary>20/40. Either side closes the channel, with the method at fault if there is one.</summary>
    ChannelClose = (20 << 16) | 40,
    /// <summary>20/41. The other side agrees; the number may be used again.</summary>
    ChannelCloseOk = (20 << 16) | 41,

    /// <summary>30/10. Asks for an access ticket.</summary>
    AccessRequest = (30 << 16) | 10,
    /// <summary>30/11. A ticket, without meaning.</summary>
    AccessRequestOk = (30 << 16) | 11,

    /// <summary>40/10. Creates an exchange, or checks that it exists (passive).</summary>
    ExchangeDeclare = (40 << 16) | 10,
    /// <summary>40/11. The exchange exists.</summary>
    ExchangeDeclareOk = (40 << 16) | 11,
    /// <summary>40/20. Deletes an exchange.</summary>
    ExchangeDelete = (40 << 16) | 20,
    /// <summary>40/21. The exchange is gone.</summary>
    ExchangeDeleteOk = (40 << 16) | 21,
    /// <summary>40/30. Binds an exchange to an exchange.</summary>
    ExchangeBind = (40 << 16) | 30,
    /// <summary>40/31. The binding exists.</summary>
    ExchangeBindOk = (40 << 16) | 31,
    /// <summary>40/40. Removes a binding between exchanges.</summary>
    ExchangeUnbind = (40 << 16) | 40,
    /// <summary>40/51. The binding is gone. Its method id is 51, by an old slip that became the standard.</summary>
    ExchangeUnbindOk = (40 << 16) | 51,

    /// <summary>50/10. Creates a queue, or checks that it exists (passive). An empty name asks the server for one.</summary>
    QueueDeclare = (50 << 16) | 10,
    /// <summary>50/11. The queue's name, its ready messages and its consumers.</summary>
    QueueDeclareOk = (50 << 16) | 11,
    /// <summary>50/20. Binds a queue to an exchange.</summary>
    QueueBind = (50 << 16) | 20,
    /// <summary>50/21. The binding exists.</summary>
    QueueBindOk = (50 << 16) | 21,
    /// <summary>50/30. Drops every ready message of a queue.</summary>
    QueuePurge = (50 << 16) | 30,
    /// <summary>50/31. How many messages were dropped.</summary>
    QueuePurgeOk = (50 << 16) | 31,
    /// <summary>50/40. Deletes a queue.</summary>
    QueueDelete = (50 << 16) | 40,
    /// <summary>50/41. How many ready messages went with it.</summary>
    QueueDeleteOk = (50 << 16) | 41,
    /// <summary>50/50. Removes a binding.</summary>
    QueueUnbind = (50 << 16) | 50,
    /// <summary>50/51. The binding is gone.</summary>
    QueueUnbindOk = (50 << 16) | 51,

    /// <summary>60/10. Sets how much may be delivered before it is acknowledged.</summary>
    BasicQos = (60 << 16) | 10,
    /// <summary>60/11. The prefetch is set.</summary>
    BasicQosOk = (60 << 16) | 11,
    /// <summary>60/20. Starts a consumer.</summary>
    BasicConsume = (60 << 16) | 20,
    /// <summary>60/21. The consumer's tag.</summary>
    BasicConsumeOk = (60 << 16) | 21,
    /// <summary>60/30. Ends a consumer; sent by the server when the queue is gone.</summary>
    BasicCancel = (60 << 16) | 30,
    /// <summary>60/31. The consumer has ended.</summary>
    BasicCancelOk = (60 << 16) | 31,
    /// <summary>60/40. Publishes a message; content follows.</summary>
    BasicPublish = (60 << 16) | 40,
    /// <summary>60/50. A message that could not be routed comes back; content follows.</summary>
    BasicReturn = (60 << 16) | 50,
    /// <summary>60/60. A message for a consumer; content follows.</summary>
    BasicDeliver = (60 << 16) | 60,
    /// <summary>60/70. Asks for one message.</summary>
    BasicGet = (60 << 16) | 70,
    /// <summary>60/71. The message asked for, and how many are left; content follows.</summary>
    BasicGetOk = (60 << 16) | 71,
    /// <summary>60/72. The queue has no ready message.</summary>
    BasicGetEmpty = (60 << 16) | 72,
    /// <summary>60/80. Acknowledges a delivery, or confirms a publish.</summary>
    BasicAck = (60 << 16) | 80,
    /// <summary>60/90. Rejects a delivery.</summary>
    BasicReject = (60 << 16) | 90,
    /// <summary>60/100. Asks for redelivery without an answer (deprecated).</summary>
    BasicRecoverAsync = (60 << 16) | 100,
    /// <summary>60/110. Asks for the redelivery of everything unacknowledged on the channel.</summary>
    BasicRecover = (60 << 16) | 110,
    /// <summary>60/111. The messages are on their way again.</summary>
    BasicRecoverOk = (60 << 16) | 111,
    /// <summary>60/120. Rejects deliveries, or tells a publisher that its message was not taken.</summary>
    BasicNack = (60 << 16) | 120,

    /// <summary>85/10. Puts the channel in confirm mode.</summary>
    ConfirmSelect = (85 << 16) | 10,
    /// <summary>85/11. The channel is in confirm mode.</summary>
    ConfirmSelectOk = (85 << 16) | 11,

    /// <summary>90/10. Puts the channel in transaction mode.</summary>
    TxSelect = (90 << 16) | 10,
    /// <summary>90/11. The channel is in transaction mode.</summary>
    TxSelectOk = (90 << 16) | 11,
    /// <summary>90/20. Commits what the channel has published and acknowledged.</summary>
    TxCommit = (90 << 16) | 20,
    /// <summary>90/21. Committed.</summary>
    TxCommitOk = (90 << 16) | 21,
    /// <summary>90/30. Abandons what the channel has published and acknowledged.</summary>
    TxRollback = (90 << 16) | 30,
    /// <summary>90/31. Abandoned.</summary>
    TxRollbackOk = (90 << 16) | 31,
}
