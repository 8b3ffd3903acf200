namespace Warren;

/// <summary>
/// Declares a fault that the method raises: the server throws <see cref="RpcFaultException{TFault}"/>, and the caller catches the same type
/// with the same values. Other exceptions arrive as <see cref="RpcStatus.Internal"/>.
/// </summary>
/// <typeparam name="TFault">The fault's data: what could be a parameter of a contract can be a fault.</typeparam>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true, Inherited = false)]
public sealed class RaisesAttribute<TFault> : Attribute;
