import './globals';
import './program';
