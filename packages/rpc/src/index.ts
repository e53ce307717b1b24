/**
 * tau-rpc: JSON-RPC between two equal sides. Lines in and out of bytes, channels that move messages, and the peer that
 * turns messages into requests with one answer each. Nothing here knows what a tool is.
 */
export type { Channel, ChannelFault, ChannelListener } from "./channel.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { decodeLine } from "./decode.ts";
export { encodeLine, tooLarge } from "./encode.ts";
export type { RequestContext, RequestHandler } from "./incoming.ts";
export { LineDecoder, type LineDecoderOptions, type LineListener } from "./line-decoder.ts";
export { createFdLines, type FdLinesOptions, type LineSocket } from "./line-socket.ts";
export type { ParentRequest, UnansweredRequest } from "./outgoing.ts";
export type { RequestOptions } from "./pending-request.ts";
export { createChannelPair } from "./pair.ts";
export { createPeer } from "./peer.ts";
export type { Peer, PeerFault, PeerOptions } from "./peer-api.ts";
export { SharedNotification, textOf } from "./shared-notification.ts";
export {
  createFdChannel,
  createPathChannel,
  createPipeChannel,
  type FdChannelOptions,
  type PathChannelOptions,
  type PipeChannelOptions,
} from "./socket-channel.ts";
export { createStreamChannel, type StreamChannelOptions } from "./stream-channel.ts";
export { errorText, fromWireError, toWireError } from "./wire-error.ts";
