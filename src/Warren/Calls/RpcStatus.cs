namespace Warren;

/// <summary>How a call ended. gRPC's names and numbers, because people know them. On the wire it is the name.</summary>
public enum RpcStatus
{
    /// <summary>The call was cancelled, by its server or on the way.</summary>
    Cancelled = 1,

    /// <summary>An error of another system that has no better name.</summary>
    Unknown = 2,

    /// <summary>The request makes no sense, whatever the state of the server: not decodable, out of bounds.</summary>
    InvalidArgument = 3,

    /// <summary>Time was up.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request would make exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>Something is full: the server, a queue, a quota.</summary>
    ResourceExhausted = 8,

    /// <summary>The server's state forbids it; repeating does not help until the state changes.</summary>
    FailedPrecondition = 9,

    /// <summary>A conflict; repeating the whole transaction may help.</summary>
    Aborted = 10,

    /// <summary>Past the end of something.</summary>
    OutOfRange = 11,

    /// <summary>The server does not know this method.</summary>
    Unimplemented = 12,

    /// <summary>The server failed; its log has more under the id in the detail.</summary>
    Internal = 13,

    /// <summary>No server or no broker could be reached.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged.</summary>
    DataLoss = 15,

    /// <summary>Nobody knows who the caller is.</summary>
    Unauthenticated = 16,
}
